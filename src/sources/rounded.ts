/** A measured number without digits that nobody measured; never `-0`. Default: two decimals. */
export const rounded = (value: number, decimals = 2): number => {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale + 0;
};
