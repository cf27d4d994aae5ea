/** A file that a scheduler reads. */
export interface ScheduleFile {
  /** Where it belongs. */
  readonly path: string;
  readonly text: string;
}
