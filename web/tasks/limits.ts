/** Limits of the API. Lengths are in code points. */
export const titleLimit = 255
export const descriptionLimit = 2_000
export const labelLimit = 50
export const labelsLimit = 10
/** Of the search and of each label of a filter. */
export const filterTextLimit = 255
export const filterLabelsLimit = 100
export const pageSize = 50
