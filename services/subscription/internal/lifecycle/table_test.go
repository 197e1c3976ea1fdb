package lifecycle_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

var (
	states = []lifecycle.State{
		lifecycle.Draft, lifecycle.Effective, lifecycle.NotEffective, lifecycle.ShortTermEffective, lifecycle.ShortTermNotEffective,
		lifecycle.InResting, lifecycle.Cancelled, lifecycle.Regretted, lifecycle.Replaced, lifecycle.PendingVerification,
	}
	today = date.MustNew(2026, time.March, 10)
)

// documented reads the table of the README: where each operation leads.
func documented(t *testing.T) map[lifecycle.State]map[lifecycle.Operation]lifecycle.State {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[lifecycle.State]map[lifecycle.Operation]lifecycle.State{}
	row, lead := regexp.MustCompile("^\\| `([A-Z_]+)` \\| (.*) \\|$"), regexp.MustCompile("`([A-Z_]+)` by `([A-Z_]+)`")
	for line := range strings.Lines(string(text)) {
		found := row.FindStringSubmatch(strings.TrimSpace(line))
		if found == nil {
			continue
		}
		table[lifecycle.State(found[1])] = map[lifecycle.Operation]lifecycle.State{}
		for _, to := range lead.FindAllStringSubmatch(found[2], -1) {
			table[lifecycle.State(found[1])][lifecycle.Operation(to[2])] = lifecycle.State(to[1])
		}
	}
	return table
}

func step(by lifecycle.Operation) lifecycle.Step {
	given := lifecycle.Step{Operation: by}
	if _, limited := by.Ending(); limited {
		given.Until = today.AddDays(5)
	}
	return given
}

// TestEveryStateAllowsWhatTheREADMESays tries every operation in every state, where all conditions hold.
func TestEveryStateAllowsWhatTheREADMESays(t *testing.T) {
	table := documented(t)
	if len(table) != 7 {
		t.Fatalf("the README's table has %d rows", len(table))
	}
	for _, from := range states {
		for _, by := range lifecycle.Operations {
			situation := lifecycle.Situation{
				State: from, FirstActivated: today.AddDays(-3), AccountActive: true, Today: today,
				Rules: lifecycle.Rules{CoolingOffDays: 14},
			}
			got, err := situation.Next(step(by))
			want, allowed := table[from][by]
			if got != want || (err == nil) != allowed {
				t.Errorf("%s by %s: got %q, %v, want %q", from, by, got, err, want)
			}
			if err != nil && (!errors.Is(err, fault.FailedPrecondition) || !strings.Contains(err.Error(), "state "+string(from))) {
				t.Errorf("%s by %s: the fault %v must name the state", from, by, err)
			}
		}
	}
}

// TestConditions checks what is refused, or leads elsewhere, though the table lists it.
func TestConditions(t *testing.T) {
	const none = lifecycle.State("")
	rules := lifecycle.Rules{CoolingOffDays: 14, MaxRestingDays: 30, MaxShortTermDays: 7}
	active := lifecycle.Situation{State: lifecycle.Effective, FirstActivated: today.AddDays(-14), AccountActive: true, Today: today, Rules: rules}
	for name, test := range map[string]struct {
		spoil func(*lifecycle.Situation)
		step  lifecycle.Step
		want  lifecycle.State
	}{
		"regretted on the last day":   {nil, step(lifecycle.Regret), lifecycle.Regretted},
		"regretted a day later":       {func(s *lifecycle.Situation) { s.Today = today.AddDays(1) }, step(lifecycle.Regret), none},
		"regretted without such days": {func(s *lifecycle.Situation) { s.Rules.CoolingOffDays, s.FirstActivated = 0, today }, step(lifecycle.Regret), none},
		"a draft is regretted":        {func(s *lifecycle.Situation) { s.State, s.FirstActivated = lifecycle.Draft, date.Date{} }, step(lifecycle.Regret), lifecycle.Regretted},
		"the account is not active":   {func(s *lifecycle.Situation) { s.State, s.AccountActive = lifecycle.Draft, false }, step(lifecycle.Activate), none},
		"an inactive account's end":   {func(s *lifecycle.Situation) { s.AccountActive = false }, step(lifecycle.Cancel), lifecycle.Cancelled},
		"verified first":              {func(s *lifecycle.Situation) { s.State, s.Rules.VerifyActivation = lifecycle.Draft, true }, step(lifecycle.Activate), lifecycle.PendingVerification},
		"activated again, verified":   {func(s *lifecycle.Situation) { s.State, s.Rules.VerifyActivation = lifecycle.NotEffective, true }, step(lifecycle.Activate), lifecycle.Effective},
		"the longest rest":            {nil, lifecycle.Step{Operation: lifecycle.Rest, Until: today.AddDays(30)}, lifecycle.InResting},
		"too long a rest":             {nil, lifecycle.Step{Operation: lifecycle.Rest, Until: today.AddDays(31)}, none},
		"too long a short term":       {nil, lifecycle.Step{Operation: lifecycle.DeactivateShortTerm, Until: today.AddDays(8)}, none},
		"a rest that ends today":      {nil, lifecycle.Step{Operation: lifecycle.Rest, Until: today}, none},
		"a rest without an end":       {nil, lifecycle.Step{Operation: lifecycle.Rest}, none},
		"a cancellation with an end":  {nil, lifecycle.Step{Operation: lifecycle.Cancel, Until: today.AddDays(1)}, none},
		"rested when not effective":   {func(s *lifecycle.Situation) { s.State, s.Before = lifecycle.InResting, lifecycle.NotEffective }, step(lifecycle.EndResting), lifecycle.NotEffective},
		"rested, account not active": {func(s *lifecycle.Situation) {
			s.State, s.Before, s.AccountActive = lifecycle.InResting, lifecycle.Effective, false
		}, step(lifecycle.EndResting), lifecycle.NotEffective},
		"activated without terms": {func(s *lifecycle.Situation) { s.State, s.Rules.TermsRequired = lifecycle.NotEffective, true }, step(lifecycle.Activate), none},
		"activated with terms": {func(s *lifecycle.Situation) {
			s.State, s.Rules.TermsRequired, s.HasTerms = lifecycle.NotEffective, true, true
		}, step(lifecycle.Activate), lifecycle.Effective},
		"verified without a service": {func(s *lifecycle.Situation) { s.State, s.Missing = lifecycle.PendingVerification, "p" }, step(lifecycle.Verify), none},
		"cancelled in binding":       {func(s *lifecycle.Situation) { s.Rules.BoundUntilEnd, s.BoundUntil = true, today.AddDays(1) }, step(lifecycle.Cancel), none},
		"replaced in binding":        {func(s *lifecycle.Situation) { s.Rules.BoundUntilEnd, s.BoundUntil = true, today.AddDays(1) }, step(lifecycle.Replace), none},
		"regretted in binding":       {func(s *lifecycle.Situation) { s.Rules.BoundUntilEnd, s.BoundUntil = true, today.AddDays(1) }, step(lifecycle.Regret), lifecycle.Regretted},
		"cancelled out of binding":   {func(s *lifecycle.Situation) { s.Rules.BoundUntilEnd = true }, step(lifecycle.Cancel), lifecycle.Cancelled},
		"cancelled where it may":     {func(s *lifecycle.Situation) { s.BoundUntil = today.AddDays(1) }, step(lifecycle.Cancel), lifecycle.Cancelled},
		"rested, a service is missing": {func(s *lifecycle.Situation) {
			s.State, s.Before, s.Missing = lifecycle.InResting, lifecycle.Effective, "p"
		}, step(lifecycle.EndResting), lifecycle.NotEffective},
		"rested, the account is active": {func(s *lifecycle.Situation) { s.State, s.Before = lifecycle.InResting, lifecycle.Effective }, step(lifecycle.EndResting), lifecycle.Effective},
	} {
		situation := active
		if test.spoil != nil {
			test.spoil(&situation)
		}
		got, err := situation.Next(test.step)
		if got != test.want || (err == nil) != (test.want != none) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
		}
	}
}

// TestServicesFollow checks where services go with their subscription.
func TestServicesFollow(t *testing.T) {
	of := func(state, before lifecycle.State) lifecycle.Service {
		return lifecycle.Service{State: state, Before: before}
	}
	const none = lifecycle.State("")
	for _, test := range []struct {
		from lifecycle.Service
		by   lifecycle.Operation
		to   lifecycle.State
		want lifecycle.Service
	}{
		{of(lifecycle.Draft, none), lifecycle.Activate, lifecycle.Effective, of(lifecycle.Effective, none)},
		{of(lifecycle.Draft, none), lifecycle.Activate, lifecycle.PendingVerification, of(lifecycle.Draft, none)},
		{of(lifecycle.Draft, none), lifecycle.Verify, lifecycle.Effective, of(lifecycle.Effective, none)},
		{of(lifecycle.NotEffective, none), lifecycle.ActivateShortTerm, lifecycle.ShortTermEffective, of(lifecycle.ShortTermEffective, none)},
		{of(lifecycle.ShortTermEffective, none), lifecycle.EndShortTermActivation, lifecycle.NotEffective, of(lifecycle.NotEffective, none)},
		{of(lifecycle.Effective, none), lifecycle.DeactivateShortTerm, lifecycle.ShortTermNotEffective, of(lifecycle.ShortTermNotEffective, none)},
		{of(lifecycle.ShortTermNotEffective, none), lifecycle.EndShortTermDeactivation, lifecycle.Effective, of(lifecycle.Effective, none)},
		{of(lifecycle.NotEffective, none), lifecycle.Deactivate, lifecycle.NotEffective, of(lifecycle.NotEffective, none)},
		{of(lifecycle.Draft, none), lifecycle.Rest, lifecycle.InResting, of(lifecycle.Draft, none)},
		{of(lifecycle.Effective, none), lifecycle.Rest, lifecycle.InResting, of(lifecycle.InResting, lifecycle.Effective)},
		{of(lifecycle.InResting, lifecycle.Effective), lifecycle.EndResting, lifecycle.Effective, of(lifecycle.Effective, none)},
		{of(lifecycle.InResting, lifecycle.NotEffective), lifecycle.EndResting, lifecycle.Effective, of(lifecycle.NotEffective, none)},
		{of(lifecycle.InResting, lifecycle.Effective), lifecycle.EndResting, lifecycle.NotEffective, of(lifecycle.NotEffective, none)},
		{of(lifecycle.InResting, lifecycle.Effective), lifecycle.Cancel, lifecycle.Cancelled, of(lifecycle.Cancelled, none)},
		{of(lifecycle.Swapped, none), lifecycle.Cancel, lifecycle.Cancelled, of(lifecycle.Swapped, none)},
		{of(lifecycle.Cancelled, none), lifecycle.Activate, lifecycle.Effective, of(lifecycle.Cancelled, none)},
	} {
		if got := test.from.After(test.by, test.to); got != test.want {
			t.Errorf("%+v by %s: got %+v, want %+v", test.from, test.by, got, test.want)
		}
	}
}
