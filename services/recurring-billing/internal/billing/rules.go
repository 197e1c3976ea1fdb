package billing

// Rule is the number of one of the rules in the comment of this package.
type Rule int

// The rules that explanations of amounts name.
const (
	RulePeriods    Rule = 3
	RuleParts      Rule = 4
	RuleDue        Rule = 5
	RulePrice      Rule = 6
	RulePieces     Rule = 7
	RuleRates      Rule = 8
	RuleDebtor     Rule = 9
	RuleRollUp     Rule = 10
	RuleSums       Rule = 12
	RuleCreditItem Rule = 13
	RuleCredit     Rule = 16
	RuleGiven      Rule = 17
	RulePayer      Rule = 18
	RuleAgain      Rule = 19
	RuleOneOff     Rule = 20
	RulePaused     Rule = 21
	RulePause      Rule = 22
	RuleArrears    Rule = 23
)

// ruleTexts holds the rules in short.
var ruleTexts = []struct {
	rule Rule
	text string
}{
	{RulePeriods, "Full periods begin on the anchor plus a whole number of cycles, on the bill day, or on the last day of a month that has no such day."},
	{RuleParts, "The days of a full period that lie within the line's days are billed."},
	{RuleDue, "A part is due on its first day. As of a date, every unbilled part whose first day is that date or earlier is due."},
	{RulePrice, "By month, a whole month costs the monthly amount, and days of a broken one their share of its days. By period, days cost the cycle amount " +
		"times the days over the days of the full period. The exact fractions are added and rounded once, half away from zero."},
	{RulePieces, "Days in the middle of a period cost what the days up to their end come to, less what the days before them come to. So pieces sum to the period."},
	{RuleRates, "Days cost the last rate that counted for them when they were billed. Where a rate begins inside a period, the part is cut."},
	{RuleDebtor, "A line receivable to a master account is billed to the master account's bill-to, and any other line to its own."},
	{RuleRollUp, "Lines with the same master item, cycle and full period roll up into one item that lists the cost of each."},
	{RuleSums, "An item costs exactly the sum of its parts, and an invoice exactly the sum of its items."},
	{RuleCreditItem, "A credit is due at once, whatever the as-of date. It is an item of its own with a negative amount."},
	{RuleCredit, "Billed days are credited at what they were charged, whatever the line's present rate and cycle: a whole charge in full, " +
		"days of a charge by month as they were priced, and other days by their share of the charge."},
	{RuleGiven, "A credit may have another amount if it was granted elsewhere, or by a program that did not know rule 16."},
	{RulePayer, "A credit goes to the bill-tos that were charged for its days, to each exactly what it was charged for them."},
	{RuleAgain, "Days that are credited to be billed again are billed no more by their first invoice. So every day is billed once."},
	{RulePaused, "Days on which the line is paused are not billed. What lies between pauses costs what it costs as a piece of its period."},
	{RulePause, "Days that are billed when they are paused are credited to the bill-tos that were charged for them, and are billed no more. " +
		"If the pause ends early, those before the first day that is not billed yet are due at once."},
	{RuleArrears, "In arrears, a part is due on the day after the last of its days that is not paused."},
	{RuleOneOff, "A one-off charge is billed by the first run as of its date or later, at its amount."},
}

// Text returns the rule in a sentence or two.
func (r Rule) Text() string {
	for _, of := range ruleTexts {
		if of.rule == r {
			return of.text
		}
	}
	return ""
}
