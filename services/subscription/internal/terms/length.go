// Package terms holds the rules of billing terms: how often a subscription is billed, how long it is bound, and what an amendment of that
// leads to. It reads neither clock nor store.
//
// The codes and the six amendments are CRM.COM's (V4/952489, pageId=967972, 491015). What an amendment asks for and does is inferred
// from its name.
package terms

import "github.com/continuo-billing/continuo/services/platform/date"

// Length is a number of months and days.
type Length struct {
	Months int `json:"months,omitempty"`
	Days   int `json:"days,omitempty"`
}

// After returns the day that lies the length, taken so many times, after a day. Months end no later than their last day.
func (l Length) After(day date.Date, times int) date.Date {
	return day.AddMonthsClamped(l.Months * times).AddDays(l.Days * times)
}

// The most that a length can have.
const (
	MaxMonths = 120
	MaxDays   = 3650
)

// Positive reports whether the length leads to a later day, with neither part negative.
func (l Length) Positive() bool { return l.Months >= 0 && l.Days >= 0 && l != Length{} }

// InRange reports whether the length is positive and has at most MaxMonths and MaxDays.
func (l Length) InRange() bool { return l.Positive() && l.Months <= MaxMonths && l.Days <= MaxDays }

// Frequency is how often a subscription is billed, in CRM.COM's spelling.
type Frequency string

// BindingPeriod is how long a subscription is bound, in CRM.COM's spelling.
type BindingPeriod string

// Custom is a length that a billing term scheme defines, in CRM.COM's spelling.
type Custom string

// Customs are the codes that a scheme can define: each is a frequency and a binding period.
var Customs = []Custom{"CUSTOM1", "CUSTOM2", "CUSTOM3", "CUSTOM4", "CUSTOM5"}

// The frequencies and the binding periods that are not custom.
const (
	Daily     Frequency = "DAILY"
	Weekly    Frequency = "WEEKLY"
	Monthly   Frequency = "MONTHLY"
	Quarterly Frequency = "QUARTERLY"
	Biannual  Frequency = "BIANNUAL"
	Annual    Frequency = "ANNUAL"
	TwoYears  Frequency = "TWOYEARS"

	Week            BindingPeriod = "WEEK"
	Month           BindingPeriod = "MONTH"
	Quarter         BindingPeriod = "QUARTER"
	BiannualBinding BindingPeriod = "BIANNUAL"
	AnnualBinding   BindingPeriod = "ANNUAL"
	TwoYearsBinding BindingPeriod = "TWOYEARS"
)

// Frequencies and BindingPeriods are all of them, custom ones included.
var (
	Frequencies    = append([]Frequency{Daily, Weekly, Monthly, Quarterly, Biannual, Annual, TwoYears}, customs[Frequency]()...)
	BindingPeriods = append([]BindingPeriod{Week, Month, Quarter, BiannualBinding, AnnualBinding, TwoYearsBinding}, customs[BindingPeriod]()...)
)

func customs[C ~string]() (codes []C) {
	for _, custom := range Customs {
		codes = append(codes, C(custom))
	}
	return codes
}

// lengths are those of the codes that are not custom.
var lengths = map[string]Length{
	string(Daily): {Days: 1}, string(Weekly): {Days: 7}, string(Monthly): {Months: 1}, string(Quarterly): {Months: 3},
	string(Week): {Days: 7}, string(Month): {Months: 1}, string(Quarter): {Months: 3},
	string(Biannual): {Months: 6}, string(Annual): {Months: 12}, string(TwoYears): {Months: 24},
}

// lengthOf returns the length of a code, with what the scheme defines.
func lengthOf[C ~string](code C, defined map[Custom]Length) (length Length, ok bool) {
	if length, ok = lengths[string(code)]; ok {
		return length, true
	}
	length, ok = defined[Custom(code)]
	return length, ok
}
