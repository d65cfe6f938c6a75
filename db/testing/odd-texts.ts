/** Equal without regard to case: first as it is stored, then as people search for it. */
export const equalTexts: [string, string][] = [
  ['Straße', 'STRASSE'],
  ['Straße', 'strasse'],
  ['Straße', 'STRAẞE'],
  ['Strasse', 'straße'],
  ['ﬁnal ﬂight', 'FINAL FLIGHT'],
  ['oﬃce', 'office'],
  ['İstanbul', 'istanbul'],
  ['istanbul', 'İSTANBUL'],
  ['Congreſs', 'congress'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['οδος', 'ΟΔΟΣ'],
  ['ᾠδή', 'ὨΙΔΉ'],
  ['5 \u00b5m', '5 \u03bcM'], // the micro sign and the Greek letter,
  ['ŉ', 'ʼN'],
  ['և', 'ԵՒ'],
  ['ẛ', 'Ṡ'],
  ['ß\u0301', 'SŚ'], // a mark that joins the last letter of the folded text
  ['Cafe\u0301', 'CAFÉ'],
  ['ǰ', 'J\u030c'], // only the small letter has a composed form
  ['ДЕЛО', 'дело'],
  ['\u212Aelvin', 'kelvin'],
]

/** Different also without regard to case. */
export const differentTexts: [string, string][] = [
  ['resume', 'résumé'],
  ['kadın', 'kadin'], // ı is a letter of its own in Unicode's case folding
  ['Maß', 'Mats'],
  ['ﬁ', 'ﬂ'],
  ['ae', 'æ'],
]
