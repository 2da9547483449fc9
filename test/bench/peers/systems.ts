/** What is measured side by side, as the measuring sees it. */

export interface System {
  /** What its rows are called: more than one where there is more than one thing to measure. */
  readonly rows: readonly string[];
  /** Makes it ready for tasks. Throws, with a reason to show, where this machine cannot have it. */
  start(): Promise<Started>;
}

export interface Started {
  readonly ways: readonly Way[];
  stop(): Promise<void>;
}

/** One way to run `calibrate`. Of several for the same row and tasks per message, the fastest counts, load by load. */
export interface Way {
  readonly row: string;
  /** Null where tasks do not ride in messages. */
  readonly tasksPerMessage: number | null;
  /** What somebody who repeats it has to know. */
  readonly setting: string;
  /** Has `tasks` tasks answered: ms from the call to the answer. Throws unless the answer is exact. */
  time(tasks: number): Promise<number>;
}
