package document

import "github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"

// paper is the size of pages, in millimetres. Columns keep their distance from the right edge.
type paper struct{ width, height float64 }

var papers = map[invoice.Paper]paper{
	invoice.A4:     {210, 297},
	invoice.Letter: {215.9, 279.4},
}

// paperOf returns the paper that documents of a seller are printed on: A4 unless it says otherwise.
func paperOf(seller invoice.Profile) paper {
	if size, known := papers[seller.Paper]; known {
		return size
	}
	return papers[invoice.A4]
}

func (p paper) right() float64      { return p.width - 18 }
func (p paper) bottom() float64     { return p.height - 24 }
func (p paper) footer() float64     { return p.height - 13 }
func (p paper) factsLeft() float64  { return p.width - 88 }
func (p paper) periodLeft() float64 { return p.width - 106 }
func (p paper) partRight() float64  { return p.width - 39 }
func (p paper) totalsLeft() float64 { return p.width - 92 }
