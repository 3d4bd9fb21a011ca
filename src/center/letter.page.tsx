import { citedIn, longDay, type Letter } from '../letter/letter.rules.ts';

/** A letter on a page, in the words of the mail. `whole`: it is all that the page tells, else a part under the page's own heading. */
export function LetterBody({ letter, whole }: { letter: Letter; whole: boolean }) {
  return (
    <>
      {whole ? <h1>{letter.subject}</h1> : <h2>{letter.subject}</h2>}
      <p class="soft">{longDay(letter.dated_on)}</p>
      {letter.paragraphs.map((paragraph) => (
        <p>{paragraph}</p>
      ))}
      {letter.link && (
        <p>
          <a href={letter.link.url}>{letter.link.label}</a>
        </p>
      )}
      {letter.clauses.length > 0 && (
        <>
          {whole ? <h2>The rules this rests on</h2> : <h3>The rules this rests on</h3>}
          <ul>
            {citedIn(letter).map(({ clause, says }) => (
              <li>
                <strong>{clause}</strong>: {says}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
