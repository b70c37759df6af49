/** Where a record stands in the log: 1 for the first one; 0 stands before it. */
export type Position = number;
