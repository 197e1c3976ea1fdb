package document

import (
	"bytes"
	"fmt"
	"sync"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/document/fonts"
)

// Families of fonts, each regular and bold. The Go fonts have the 650 characters of WGL4: Latin
// with accents, Greek and Cyrillic. The other has the signs of currencies that they lack.
const (
	letters = "go"
	signs   = "signs"
)

// missing replaces a character that the fonts lack.
const missing = '□'

// parsed holds the regular fonts of both families, to look up characters in.
var parsed = sync.OnceValues(func() (map[string]*sfnt.Font, error) {
	found := map[string]*sfnt.Font{}
	for family, font := range map[string][]byte{letters: goregular.TTF, signs: fonts.Regular} {
		var err error
		if found[family], err = sfnt.Parse(font); err != nil {
			return nil, fmt.Errorf("reading the font %s of documents: %w", family, err)
		}
	}
	return found, nil
})

// canvas is a PDF that is being drawn.
type canvas struct {
	paper  paper
	pdf    *fpdf.Fpdf
	fonts  map[string]*sfnt.Font
	buffer sfnt.Buffer
	// known caches character lookups.
	known map[rune]rune
	// signs tells whether the PDF has the fonts of signs, which it gets with the first of them.
	signs bool
}

// newCanvas returns an empty PDF with pages of a size.
func newCanvas(on paper) (*canvas, error) {
	found, err := parsed()
	if err != nil {
		return nil, err
	}
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: on.width, Ht: on.height}})
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Continuo", true)
	pdf.AddUTF8FontFromBytes(letters, "", goregular.TTF)
	pdf.AddUTF8FontFromBytes(letters, "B", gobold.TTF)
	return &canvas{paper: on, pdf: pdf, fonts: found, known: map[rune]rune{}}, nil
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
			text{x: left, y: p.paper.footer(), style: label, text: content.name + " · " + content.seller[0]},
			text{x: p.paper.right(), y: p.paper.footer(), style: label, ends: true, text: fmt.Sprintf("Page %d of %d", i+1, len(pages))},
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

// mark writes a word across the page, in a pale colour below everything else.
func (p *canvas) mark(word string) {
	p.pdf.SetFont(letters, "B", 150)
	p.pdf.SetTextColor(246, 214, 214)
	p.pdf.TransformBegin()
	p.pdf.TransformRotate(52, p.paper.width/2, p.paper.height/2)
	p.pdf.Text(p.paper.width/2-p.pdf.GetStringWidth(word)/2, p.paper.height/2+18, word)
	p.pdf.TransformEnd()
}
