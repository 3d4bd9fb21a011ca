import type { ImportCheck } from '../import/check.repo.ts';
import type { RunStep } from '../import/check.ts';
import type { Summary } from '../import/run.ts';
import { errorNames, logLine } from '../log.ts';
import { Notice } from '../pages/parts.tsx';
import { show, type ConsoleContext, type Words } from './common.tsx';
import { KIND_WORDS, STOPPED_WORDS } from './import-words.ts';
import { Progress, RunForm, runPath } from './import.page.tsx';

/** Where the steps stand in the page: each new one is shown in the place of those before it (`.live`). */
const HERE = '\u2063steps\u2063';
/** A step is told each time so many rows more are done. */
const A_STEP = 1000;

interface Live {
  check: ImportCheck;
  import_id: string;
  words: Words;
}

function Ended({ summary, check, import_id, words }: Live & { summary: Summary }) {
  const { rows, created, unchanged, parked, refused, next, stopped } = summary;
  const result = `${rows} rows: ${created} taken, ${unchanged} known before, ${parked} wait, ${refused} not taken.`;
  // A file of which nothing is taken leaves no run to look at: the dry run has told each row.
  const look = refused < rows ? <a href={runPath(import_id)}>What became of the rows</a> : null;
  if (next === null && stopped === undefined)
    return (
      <div>
        <Notice tone="good">
          <p>{`The whole file is imported. ${result}`}</p>
        </Notice>
        {look && <p>{look}</p>}
      </div>
    );
  return (
    <div>
      <Notice tone="warn">
        <p>{`It stopped at row ${next ?? rows + 1}. ${stopped === undefined ? '' : STOPPED_WORDS[stopped]} ${result}`}</p>
        <p>The same file once more goes on from there.</p>
      </Notice>
      <RunForm check={check} words={words} again />
      {look && <p>{look}</p>}
    </div>
  );
}

function BrokenOff({ check, words }: Live) {
  return (
    <div>
      <Notice tone="bad">
        <p>The run broke off. What was done is kept; the same file once more goes on.</p>
      </Notice>
      <RunForm check={check} words={words} again />
    </div>
  );
}

/** A part of a page, which becomes text in time. */
type Piece = { toString(): string | Promise<string> };

/** The pieces of the page as they come. */
async function* pieces(steps: AsyncGenerator<RunStep>, live: Live): AsyncGenerator<Piece> {
  const total = live.check.rows;
  let told = 0;
  yield <Progress counts={{ rows: 0 }} total={total} />;
  try {
    for await (const step of steps) {
      if ('next' in step) yield <Ended summary={step} {...live} />;
      else if (step.rows_done - told >= A_STEP) {
        told = step.rows_done;
        yield <Progress counts={{ rows: told }} total={total} />;
      }
    }
  } catch (error) {
    logLine('import_failed', { error: errorNames(error) });
    yield <BrokenOff {...live} />;
  }
}

/**
 * A page that grows while a run goes on, without a script: each step takes the place of the one before. Who leaves does not stop the run at
 * once, and finds it under its own page.
 */
export async function livePage(c: ConsoleContext, steps: AsyncGenerator<RunStep>, live: Live): Promise<Response> {
  const title = `Import of ${KIND_WORDS[live.check.kind]}`;
  const whole = await show(c, '/console/import', {
    title,
    body: (
      <>
        <h1>{title}</h1>
        <p>
          Leave this page open until it says that the file is done.{' '}
          <a href={runPath(live.import_id)}>The same on a page of its own</a>
        </p>
        <div class="live" role="status">
          {HERE}
        </div>
      </>
    ),
  });
  const [head = '', tail = ''] = (await whole.text()).split(HERE);
  const encoder = new TextEncoder();
  let work: Promise<void> = Promise.resolve();
  let gone = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string) => {
        // Nobody reads any more: the run goes on all the same.
        if (!gone) controller.enqueue(encoder.encode(text));
      };
      work = (async () => {
        write(head);
        for await (const piece of pieces(steps, live)) write(String(await piece.toString()));
        write(tail);
        if (!gone) controller.close();
      })();
    },
    cancel() {
      gone = true;
    },
  });
  keepRunning(c, work);
  return new Response(body, { status: 200, headers: whole.headers });
}

function keepRunning(c: ConsoleContext, work: Promise<void>): void {
  try {
    c.executionCtx.waitUntil(work);
  } catch {
    // Called without a runtime that waits: the reader of the answer keeps it going.
  }
}
