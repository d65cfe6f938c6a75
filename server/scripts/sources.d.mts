export const sources: string[]
export function isSource(file: string): boolean
