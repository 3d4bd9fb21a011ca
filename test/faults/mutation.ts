/** A fault of another system, put back here, and the test that turns red by it. `npm run faults` does it; docs/faults.md tells of it. */
export interface Mutation {
  /** The fault's number, with a letter where one number names several. */
  readonly fault: string;
  /** What the other system did. */
  readonly says: string;
  /** Texts that occur exactly once in their files, and what stands there with the fault. */
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
  readonly caught_by: {
    readonly project: 'core' | 'workers' | 'harness';
    readonly file: string;
    readonly name: string;
  };
}
