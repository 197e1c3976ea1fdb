package document

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// Both Go fonts have the 650 characters of WGL4: Latin with accents, Greek, Cyrillic and currency
// signs.
const family = "go"

// missing replaces a character that the fonts lack.
const missing = '□'

var font = sync.OnceValues(func() (*sfnt.Font, error) { return sfnt.Parse(goregular.TTF) })

// canvas is a PDF that is being drawn.
type canvas struct {
	pdf    *fpdf.Fpdf
	font   *sfnt.Font
	buffer sfnt.Buffer
	// known caches character lookups.
	known map[rune]rune
}

func newPaper() (*canvas, error) {
	parsed, err := font()
	if err != nil {
		return nil, fmt.Errorf("reading the font of documents: %w", err)
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Continuo", true)
	pdf.AddUTF8FontFromBytes(family, "", goregular.TTF)
	pdf.AddUTF8FontFromBytes(family, "B", gobold.TTF)
	return &canvas{pdf: pdf, font: parsed, known: map[rune]rune{}}, nil
}

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
	switch index, err := p.font.GlyphIndex(&p.buffer, r); {
	case unicode.IsSpace(r):
		shown = ' '
	case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || unicode.IsControl(r):
		shown = -1
	case err == nil && index != 0:
		shown = r
	}
	p.known[r] = shown
	return shown
}

func (p *canvas) use(s style) {
	weight := ""
	if s.bold {
		weight = "B"
	}
	p.pdf.SetFont(family, weight, s.size)
	p.pdf.SetTextColor(s.grey, s.grey, s.grey)
}

// width returns the width of a text in millimetres.
func (p *canvas) width(s style, content string) float64 {
	p.use(s)
	return p.pdf.GetStringWidth(p.printable(content))
}

// draw writes the pages, with a footer on each.
func (p *canvas) draw(pages []page, content sheet) ([]byte, error) {
	p.pdf.SetTitle(content.name, true)
	p.pdf.SetAuthor(content.seller[0], true)
	p.pdf.SetCreationDate(content.date)
	p.pdf.SetModificationDate(content.date)
	for i, page := range pages {
		p.pdf.AddPage()
		if content.mark != "" {
			p.mark(content.mark)
		}
		for _, rule := range page.rules {
			p.pdf.SetDrawColor(rule.grey, rule.grey, rule.grey)
			p.pdf.SetLineWidth(rule.width)
			p.pdf.Line(rule.x1, rule.y, rule.x2, rule.y)
		}
		for _, text := range append(page.texts,
			text{x: left, y: footer, style: label, text: content.name + " · " + content.seller[0]},
			text{x: right, y: footer, style: label, ends: true, text: fmt.Sprintf("Page %d of %d", i+1, len(pages))},
		) {
			p.text(text)
		}
	}
	var out bytes.Buffer
	if err := p.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("writing %s as a PDF: %w", content.name, err)
	}
	return out.Bytes(), nil
}

func (p *canvas) text(t text) {
	if t.text == "" {
		return
	}
	shown := p.printable(t.text)
	p.use(t.style)
	if t.ends {
		t.x -= p.pdf.GetStringWidth(shown)
	}
	p.pdf.Text(t.x, t.y, shown)
}

// mark writes a word across the page, in a pale colour below everything else.
func (p *canvas) mark(word string) {
	p.pdf.SetFont(family, "B", 150)
	p.pdf.SetTextColor(246, 214, 214)
	p.pdf.TransformBegin()
	p.pdf.TransformRotate(52, pageWidth/2, pageHeight/2)
	p.pdf.Text(pageWidth/2-p.pdf.GetStringWidth(word)/2, pageHeight/2+18, word)
	p.pdf.TransformEnd()
}
