/** Passes over errors of these codes, and throws the others. */
export function unless(...codes: readonly string[]): (error: { code?: string }) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}
