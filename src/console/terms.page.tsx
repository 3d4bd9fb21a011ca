import { More, Table, Tag } from '../pages/parts.tsx';
import type { Acceptance, listTerms, TermsVersion } from '../terms/terms.repo.ts';
import { TermsText } from '../terms/terms.routes.tsx';
import { at, Facts, None, When, type Words } from './common.tsx';

type Listed = Awaited<ReturnType<typeof listTerms>>[number];

/** Where one version is read. */
export const termsPath = (version: number) => `/console/terms/${version}`;

/** All versions of the terms, the latest first. */
export function TermsBody({ versions, words }: { versions: readonly Listed[]; words: Words }) {
  return (
    <>
      <h1>Terms</h1>
      <p>
        Who applies accepts the version in force; partners accept a new one when they next sign in. Earnings and payouts
        do not wait for that.
      </p>
      {versions.length === 0 ? (
        <None>No terms have been published: nobody is asked to accept any.</None>
      ) : (
        <Table caption="Versions, the latest first" head={['Version', 'Published', 'By', 'Accepted by']}>
          {versions.map(({ version, published_at, published_by, accepted }, i) => (
            <tr>
              <td>
                <a href={termsPath(version)}>{`Version ${version}`}</a> {i === 0 && <Tag tone="good">in force</Tag>}
              </td>
              <td>
                <When at={published_at} words={words} />
              </td>
              <td>{published_by}</td>
              <td class="num">{accepted}</td>
            </tr>
          ))}
        </Table>
      )}
      <p>
        <a class="button" href="/console/terms/new">
          Publish a new version
        </a>
      </p>
    </>
  );
}

/** One version: its words, and who has accepted it. */
export function TermsVersionBody(props: {
  terms: TermsVersion;
  accepted: readonly Acceptance[];
  more: string | null;
  words: Words;
}) {
  const { terms, accepted, more, words } = props;
  return (
    <>
      <h1>{`Terms, version ${terms.version}`}</h1>
      <Facts
        facts={[
          ['Published', <When at={terms.published_at} words={words} />],
          ['By', terms.published_by],
          [
            'As partners read it',
            <a href={`/partners/terms/${terms.version}`}>{`/partners/terms/${terms.version}`}</a>,
          ],
        ]}
      />
      <h2>Who has accepted it</h2>
      {accepted.length === 0 ? (
        <None>Nobody yet.</None>
      ) : (
        <Table caption="Who accepted this version, the latest first" head={['Partner', 'Accepted', 'By']}>
          {accepted.map(({ partner_id, accepted_at, accepted_by }) => (
            <tr>
              <td>
                <a href={at.partner(partner_id)}>{partner_id}</a>
              </td>
              <td>
                <When at={accepted_at} words={words} />
              </td>
              <td>{accepted_by}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} />
      <h2>Its words</h2>
      <TermsText terms={terms} />
    </>
  );
}
