package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/document/fonts"
)

// printable prepares a text for the fonts: composed, without control characters, and with missing
// for characters that they lack.
func (p *canvas) printable(content string) string {
	return strings.Map(p.glyph, norm.NFC.String(content))
}

func (p *canvas) glyph(r rune) rune {
	if shown, known := p.known[r]; known {
		return shown
	}
	shown := missing
	switch {
	case unicode.IsSpace(r):
		shown = ' '
	case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || unicode.IsControl(r):
		shown = -1
	case p.has(letters, r) || p.has(signs, r):
		shown = r
	case r == 'ʻ':
		shown = p.glyph('‘') // of soʻm, the currency of Uzbekistan
	case unicode.Is(unicode.Sc, r):
		// Wide and small forms of signs are printed in their usual form.
		if usual, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r))); usual != r {
			shown = p.glyph(usual)
		}
	}
	p.known[r] = shown
	return shown
}

// has reports whether the fonts of a family have a character.
func (p *canvas) has(family string, r rune) bool {
	index, err := p.fonts[family].GlyphIndex(&p.buffer, r)
	return err == nil && index != 0
}

// run is a piece of a text that the fonts of one family have.
type run struct{ family, text string }

// runs cuts a printable text into pieces of one family each.
func (p *canvas) runs(shown string) (pieces []run) {
	start, family := 0, letters
	for at, r := range shown {
		of := family
		if r != ' ' {
			of = p.familyOf(r)
		}
		if of != family && at > start {
			pieces, start = append(pieces, run{family, shown[start:at]}), at
		}
		family = of
	}
	return append(pieces, run{family, shown[start:]})
}

func (p *canvas) familyOf(r rune) string {
	if r < utf8.RuneSelf || p.has(letters, r) {
		return letters
	}
	return signs
}

func (p *canvas) use(family string, s style) {
	if family == signs && !p.signs {
		p.pdf.AddUTF8FontFromBytes(signs, "", fonts.Regular)
		p.pdf.AddUTF8FontFromBytes(signs, "B", fonts.Bold)
		p.signs = true
	}
	weight := ""
	if s.bold {
		weight = "B"
	}
	p.pdf.SetFont(family, weight, s.size)
	p.pdf.SetTextColor(s.grey, s.grey, s.grey)
}

// width returns the width of a text in millimetres.
func (p *canvas) width(s style, content string) float64 {
	total := 0.0
	for _, piece := range p.runs(p.printable(content)) {
		p.use(piece.family, s)
		total += p.pdf.GetStringWidth(piece.text)
	}
	return total
}

func (p *canvas) text(t text) {
	if t.text == "" {
		return
	}
	if t.ends {
		t.x -= p.width(t.style, t.text)
	}
	for _, piece := range p.runs(p.printable(t.text)) {
		p.use(piece.family, t.style)
		p.pdf.Text(t.x, t.y, piece.text)
		t.x += p.pdf.GetStringWidth(piece.text)
	}
}
