package document

import (
	"slices"
	"strings"
)

// Places on every page, in millimetres from its upper left corner.
const (
	left       = 18.0
	top        = 20.0
	blockWidth = 90.0
	indent     = 4.0
	columnGap  = 4.0
)

// style is how a text looks.
type style struct {
	bold bool
	// size is in points, grey from 0 for black to 255.
	size float64
	grey int
}

// leading returns the height of a line of text.
func (s style) leading() float64 { return s.size * 0.3528 * 1.32 }

var (
	titleStyle = style{bold: true, size: 22}
	nameStyle  = style{bold: true, size: 11}
	plain      = style{size: 9}
	strong     = style{bold: true, size: 9}
	label      = style{size: 8, grey: 110}
	small      = style{size: 8, grey: 80}
	parts      = style{size: 9, grey: 80}
	sumStyle   = style{bold: true, size: 11}
)

// text is a piece of text on a page. Its baseline begins at x, or ends there.
type text struct {
	x, y float64
	style
	ends bool
	text string
}

// rule is a horizontal line.
type rule struct {
	x1, x2, y, width float64
	grey             int
}

// page is the content of a page.
type page struct {
	texts []text
	rules []rule
}

// width returns the width of a text in millimetres.
type width func(style, string) float64

// writer places a sheet on pages, from top to bottom.
type writer struct {
	paper
	pages []page
	// measure measures texts.
	measure width
	// periods tells whether the table has a column of periods.
	periods bool
	// openRow is the last row that counts towards the total. Its parts follow.
	openRow *row
	// y is the upper edge of the next content.
	y float64
}

// layout places a sheet on pages.
func layout(content sheet, on paper, measure width) []page {
	w := &writer{paper: on, measure: measure, periods: slices.ContainsFunc(content.rows, func(r row) bool { return r.period != "" })}
	w.turn()
	w.head(content)
	w.tableHead()
	for i, row := range content.rows {
		w.row(row, i)
	}
	w.totals(content.totals)
	w.notes(content.notes)
	return w.pages
}

func (w *writer) turn() {
	w.pages = append(w.pages, page{})
	w.y = top
}

func (w *writer) page() *page { return &w.pages[len(w.pages)-1] }

// put writes one line below y and does not move y.
func (w *writer) put(x, y float64, s style, line string) {
	w.page().texts = append(w.page().texts, text{x: x, y: y + s.leading()*0.76, style: s, text: line})
}

// end is like put, but the line ends at x.
func (w *writer) end(x, y float64, s style, line string) {
	w.page().texts = append(w.page().texts, text{x: x, y: y + s.leading()*0.76, style: s, ends: true, text: line})
}

func (w *writer) rule(x1, x2, thickness float64, grey int) {
	w.page().rules = append(w.page().rules, rule{x1: x1, x2: x2, y: w.y, width: thickness, grey: grey})
}

// block writes lines below each other, the first one as a name, and returns the lower edge.
func (w *writer) block(x, y float64, lines []string) float64 {
	for i, line := range lines {
		s := plain
		if i == 0 {
			s = nameStyle
		}
		for _, wrapped := range wrap(line, blockWidth, s, w.measure) {
			w.put(x, y, s, wrapped)
			y += s.leading()
		}
	}
	return y
}

func (w *writer) head(content sheet) {
	seller := w.block(left, w.y+2, content.seller)
	w.end(w.right(), w.y, titleStyle, content.title)
	facts := w.y + titleStyle.leading() + 4
	for _, fact := range content.facts {
		w.put(w.factsLeft(), facts, label, fact.label)
		w.end(w.right(), facts, plain, fact.value)
		facts += plain.leading() + 0.6
	}
	w.y = max(seller+8, 58)
	w.put(left, w.y, label, "Bill to")
	payer := w.block(left, w.y+label.leading()+0.5, content.payer)
	w.y = max(payer, facts) + 8
}

func (w *writer) tableHead() {
	w.put(left, w.y, label, "Description")
	if w.periods {
		w.put(w.periodLeft(), w.y, label, "Period")
	}
	w.end(w.right(), w.y, label, "Amount")
	w.y += label.leading() + 1
	w.rule(left, w.right(), 0.35, 0)
	w.y += 1.6
}

// row writes a row. One that does not fit goes to the next page; one that fits on no page is split
// between lines.
func (w *writer) row(r row, number int) {
	s, x, hang := strong, left, 0.0
	if r.amount == "" {
		s, x, hang = plain, left+indent, indent // the indent tells parts apart
	} else {
		w.openRow = nil
	}
	lines := wrap(r.text, w.textWidth(r, x+hang), s, w.measure)
	details := wrap(r.detail, w.partRight()-columnGap-x, small, w.measure)
	if r.detail == "" {
		details = nil
	}
	space := 0.0
	if r.amount != "" && number > 0 {
		space = 1.6
	}
	periods := strings.Split(r.period, "\n")
	need := space + float64(max(len(lines), len(periods)))*s.leading() + float64(min(len(details), 3))*small.leading()
	if r.amount != "" {
		need += plain.leading() // keep an item together with its first part
	}
	if w.y+need > w.bottom() {
		w.turnTable()
	} else {
		w.y += space
	}
	shown := w.periodLines(r.period)
	w.end(w.right(), w.y, strong, r.amount)
	amounts := w.y
	if r.period != "" && r.part != "" && w.periodLeft()+w.measure(plain, r.period)+columnGap > w.partRight()-w.measure(parts, r.part) {
		amounts += s.leading() // it would touch the period
	}
	w.end(w.partRight(), amounts, parts, r.part)
	for i, line := range lines {
		w.put(x+hang*float64(min(i, 1)), w.y, s, line)
		w.y += s.leading()
	}
	w.y = max(w.y, amounts+s.leading(), shown)
	if r.amount != "" {
		w.openRow = &r
	}
	for _, line := range details {
		if w.y+small.leading() > w.bottom() {
			w.turnTable()
		}
		w.put(x, w.y, small, line)
		w.y += small.leading()
	}
}

// periodLines writes the spans of a period below each other and returns the lower edge. It does not
// move y.
func (w *writer) periodLines(period string) float64 {
	y := w.y
	for line := range strings.SplitSeq(period, "\n") {
		w.put(w.periodLeft(), y, plain, line)
		y += plain.leading()
	}
	return y
}

// textWidth returns the width available to the text of a row at x. Without a period, the text may
// extend to the amount.
func (w *writer) textWidth(r row, x float64) float64 {
	if r.period != "" || r.part == "" {
		return w.periodLeft() - columnGap - x
	}
	return w.partRight() - w.measure(parts, r.part) - columnGap - x
}

// turnTable continues the table on the next page, and repeats there the row that the following
// parts belong to.
func (w *writer) turnTable() {
	w.turn()
	w.tableHead()
	if w.openRow == nil {
		return
	}
	shown := w.periodLines(w.openRow.period)
	for _, line := range wrap(w.openRow.text+" (continued)", w.periodLeft()-columnGap-left, strong, w.measure) {
		w.put(left, w.y, strong, line)
		w.y += strong.leading()
	}
	w.y = max(w.y, shown)
}

// room starts the next page if the given height does not fit.
func (w *writer) room(height float64) {
	if w.y+height > w.bottom() {
		w.turn()
	}
}

func (w *writer) totals(totals []total) {
	w.room(float64(len(totals))*(sumStyle.leading()+1) + 6)
	w.y += 2
	w.rule(left, w.right(), 0.35, 0)
	w.y += 2.5
	for _, sum := range totals {
		s := plain
		if sum.strong {
			s = sumStyle
		}
		w.put(w.totalsLeft(), w.y, s, sum.label)
		w.end(w.right(), w.y, s, sum.amount)
		w.y += s.leading() + 1
	}
}

func (w *writer) notes(notes []string) {
	for _, note := range notes {
		w.y += 4
		for _, line := range wrap(note, w.right()-left, plain, w.measure) {
			w.room(plain.leading())
			w.put(left, w.y, plain, line)
			w.y += plain.leading()
		}
	}
}

// wrap breaks a text into lines of a maximum width: at its line breaks, between words, and inside
// words that are too long.
func wrap(content string, maxWidth float64, s style, measure width) (lines []string) {
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(content, "\r\n", "\n"), "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if line != "" && measure(s, line+" "+word) <= maxWidth {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			line = word
			for measure(s, line) > maxWidth {
				cut := fitting(line, maxWidth, s, measure)
				lines, line = append(lines, line[:cut]), line[cut:]
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// fitting returns how many bytes of a word fit, at least one character.
func fitting(word string, maxWidth float64, s style, measure width) int {
	cut := 0
	for i := range word {
		if i > 0 && measure(s, word[:i]) > maxWidth {
			break
		}
		cut = i
	}
	if cut == 0 {
		return len(word) - len(strings.TrimPrefix(word, string([]rune(word)[:1])))
	}
	return cut
}
