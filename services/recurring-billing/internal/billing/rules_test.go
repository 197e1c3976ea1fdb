package billing_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

// The rules that explanations name are those of the package's comment.
func TestRulesAreThoseOfTheComment(t *testing.T) {
	comment, err := os.ReadFile("billing.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []billing.Rule{
		billing.RulePeriods, billing.RuleParts, billing.RulePrice, billing.RulePieces, billing.RuleRates, billing.RuleDebtor, billing.RuleRollUp,
		billing.RuleSums, billing.RuleCreditItem, billing.RuleCredit, billing.RuleGiven, billing.RulePayer, billing.RuleAgain, billing.RuleOneOff,
		billing.RulePause,
	} {
		if rule.Text() == "" || !strings.Contains(string(comment), fmt.Sprintf("\n// %d. ", rule)) {
			t.Errorf("rule %d says %q", rule, rule.Text())
		}
	}
}
