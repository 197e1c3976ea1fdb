package line

// BillCycle is how often a line is billed, as the letter by which Sedona knows it.
type BillCycle string

// The bill cycles. There are no others, and lower case is another.
const (
	Monthly    BillCycle = "M"
	Quarterly  BillCycle = "Q"
	SemiAnnual BillCycle = "S"
	Annual     BillCycle = "A"
)

// Months is the length of the cycle, 0 for what is no cycle.
func (c BillCycle) Months() int {
	switch c {
	case Monthly:
		return 1
	case Quarterly:
		return 3
	case SemiAnnual:
		return 6
	case Annual:
		return 12
	}
	return 0
}

// Valid reports whether c is one of the bill cycles.
func (c BillCycle) Valid() bool { return c.Months() > 0 }
