/** Where records of a text end, read piece by piece. */
export interface Splitter {
  /** Takes the next piece, and gives the records that are whole now. */
  push(piece: string): string[];
  /** The rest: a last record without a line's end, or one whose quote was never closed. */
  end(): string[];
  /** Characters of the record that has begun. */
  waiting(): number;
}

const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const SPACE = 32;
const CR = 13;

/** Splits CSV (RFC 4180) into its records: a line's end within quotes is part of a field. Empty lines are no records. */
export function splitCsv(): Splitter {
  let rest = '';
  let scanned = 0;
  let quoted = false;
  // Whether the field that is read began with a quote: only there a doubled quote stands for one.
  let opened = false;
  let fieldStarts = true;
  return {
    push(piece) {
      rest += piece;
      const records: string[] = [];
      let begin = 0;
      for (let i = scanned; i < rest.length; i++) {
        const char = rest.charCodeAt(i);
        if (quoted) {
          if (char === QUOTE) quoted = false;
        } else if (char === QUOTE) {
          // A doubled quote within quotes closes them for no character.
          opened ||= fieldStarts;
          quoted = fieldStarts || (opened && rest.charCodeAt(i - 1) === QUOTE);
          fieldStarts = false;
        } else if (char === LF) {
          records.push(rest.slice(begin, i));
          begin = i + 1;
          fieldStarts = true;
          opened = false;
        } else if (char !== CR && (char !== SPACE || !fieldStarts)) {
          fieldStarts = char === COMMA;
          if (fieldStarts) opened = false;
        }
      }
      rest = rest.slice(begin);
      scanned = rest.length;
      return records.map(withoutCr).filter((record) => record !== '');
    },
    end() {
      const last = withoutCr(rest);
      rest = '';
      return last === '' ? [] : [last];
    },
    waiting: () => rest.length,
  };
}

/** Splits NDJSON into its lines. Empty lines are no records. */
export function splitLines(): Splitter {
  let rest = '';
  return {
    push(piece) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      return lines.map((line) => line.trim()).filter((line) => line !== '');
    },
    end() {
      const last = rest.trim();
      rest = '';
      return last === '' ? [] : [last];
    },
    waiting: () => rest.length,
  };
}

function withoutCr(record: string): string {
  return record.endsWith('\r') ? record.slice(0, -1) : record;
}
