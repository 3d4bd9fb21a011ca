/** What a log line may hold: ids, counts, names of things and instants; never an address, a person's name, a token, SQL or parameters. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Writes one structured line to the Worker's log. */
export function logLine(event: string, fields: LogFields): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/** The names of an error and of what caused it. Messages stay out: they may hold parameters. */
export function errorNames(error: unknown): string {
  const names: string[] = [];
  for (let cause = error; cause instanceof Error && names.length < 5; cause = cause.cause) names.push(cause.name);
  return names.join(' < ');
}
