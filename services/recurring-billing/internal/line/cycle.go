package line

// BillCycle is how often a line is billed, as the letter that Sedona uses.
type BillCycle string

// The bill cycles. They are case-sensitive.
const (
	Monthly    BillCycle = "M"
	Quarterly  BillCycle = "Q"
	SemiAnnual BillCycle = "S"
	Annual     BillCycle = "A"
)

// Months returns the length of the cycle in months, or 0 if c is not a bill cycle.
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
