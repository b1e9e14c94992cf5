/** The rules that the method page explains, in its order. Numbers link to them as `/method#coverage`. */
export const RULES = ['score', 'coverage', 'bands', 'rank', 'robustness', 'parts', 'differences', 'plan', 'peers'] as const
