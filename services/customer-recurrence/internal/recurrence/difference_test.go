package recurrence_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
)

func TestCompareMatchesServicesByID(t *testing.T) {
	before := recurrence.Recurrence{PackageID: "BASIC", DisplayName: "Básico", Price: decimal.MustParse("499.00"), Services: []recurrence.ContractedService{
		{ServiceID: "kept", TransactionLimit: 1}, {ServiceID: "changed", Value: "old"}, {ServiceID: "removed", TransactionLimit: 3},
	}}
	after := recurrence.Recurrence{PackageID: "PRO", DisplayName: "Básico", Price: decimal.MustParse("648.5"), Services: []recurrence.ContractedService{
		{ServiceID: "added", ExternalServiceID: "x"}, {ServiceID: "changed", Value: "new"}, {ServiceID: "kept", TransactionLimit: 1},
	}}
	got, err := recurrence.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	want := recurrence.Difference{
		Direction: recurrence.Upgrade, OldPackageID: "BASIC", NewPackageID: "PRO", OldDisplayName: "Básico", NewDisplayName: "Básico",
		OldPrice: decimal.MustParse("499.00"), NewPrice: decimal.MustParse("648.5"), PriceDifference: decimal.MustParse("149.50"),
		Added:   []recurrence.ContractedService{{ServiceID: "added", ExternalServiceID: "x"}},
		Removed: []recurrence.ContractedService{{ServiceID: "removed", TransactionLimit: 3}},
		Changed: []recurrence.ChangedService{{
			Old: recurrence.ContractedService{ServiceID: "changed", Value: "old"}, New: recurrence.ContractedService{ServiceID: "changed", Value: "new"},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}

func TestCompareIgnoresPricesInDifferentCurrencies(t *testing.T) {
	before := recurrence.Recurrence{Price: decimal.MustParse("500"), Currency: "MXN"}
	for _, currency := range []recurrence.Currency{"USD", ""} {
		for _, price := range []string{"30", "500"} {
			difference, err := recurrence.Compare(before, recurrence.Recurrence{Price: decimal.MustParse(price), Currency: currency})
			if err != nil {
				t.Fatal(err)
			}
			if difference.Direction != recurrence.Lateral || !difference.PriceDifference.IsZero() || difference.IsEmpty() {
				t.Errorf("500 MXN to %s %q: got %+v", price, currency, difference)
			}
		}
	}
}

func TestCompareDerivesDirectionFromPrice(t *testing.T) {
	for _, test := range []struct {
		before, after string
		want          recurrence.Direction
	}{
		{"1", "1.000001", recurrence.Upgrade},
		{"1", "0.999999", recurrence.Downgrade},
		{"1", "1.00", recurrence.Lateral},
		{"0", "9999999999999.999999", recurrence.Upgrade},
		{"9999999999999.999999", "0", recurrence.Downgrade},
	} {
		t.Run(test.before+" to "+test.after, func(t *testing.T) {
			before, after := decimal.MustParse(test.before), decimal.MustParse(test.after)
			difference, err := recurrence.Compare(recurrence.Recurrence{Price: before}, recurrence.Recurrence{Price: after})
			if err != nil {
				t.Fatal(err)
			}
			if difference.Direction != test.want {
				t.Errorf("got %s, want %s", difference.Direction, test.want)
			}
			if sum, err := before.Add(difference.PriceDifference); err != nil || !sum.Equal(after) {
				t.Errorf("old price plus difference: got %v (%v), want %v", sum, err, after)
			}
		})
	}
}

// Prices of different cycles are compared by the month, exactly, and their difference says nothing.
func TestCompareComparesByTheMonth(t *testing.T) {
	for _, test := range []struct {
		before string
		from   recurrence.Cycle
		after  string
		to     recurrence.Cycle
		want   recurrence.Direction
	}{
		{"310", recurrence.Monthly, "3100", recurrence.Annual, recurrence.Downgrade},
		{"3100", recurrence.Annual, "310", recurrence.Monthly, recurrence.Upgrade},
		{"310", recurrence.Monthly, "3720.00", recurrence.Annual, recurrence.Lateral},
		{"310", recurrence.Monthly, "3720.000001", recurrence.Annual, recurrence.Upgrade},
		{"310", recurrence.Monthly, "310", recurrence.Annual, recurrence.Downgrade},
		{"100", recurrence.Quarterly, "33.333333", recurrence.Monthly, recurrence.Downgrade},
		{"100", recurrence.Quarterly, "33.333334", recurrence.Monthly, recurrence.Upgrade},
		{"9999999999999.999999", recurrence.Monthly, "9999999999999.999998", recurrence.Semiannual, recurrence.Downgrade},
	} {
		t.Run(test.before+" "+string(test.from)+" to "+test.after+" "+string(test.to), func(t *testing.T) {
			of := func(price string, cycle recurrence.Cycle) recurrence.Recurrence {
				return recurrence.Recurrence{Price: decimal.MustParse(price), Currency: "MXN", Terms: recurrence.Terms{Cycle: cycle}}
			}
			difference, err := recurrence.Compare(of(test.before, test.from), of(test.after, test.to))
			if err != nil {
				t.Fatal(err)
			}
			if difference.Direction != test.want || !difference.PriceDifference.IsZero() || difference.IsEmpty() {
				t.Errorf("got %s by %s, want %s", difference.Direction, difference.PriceDifference, test.want)
			}
		})
	}
}

// A change that was kept when prices of different cycles were compared as they are can still be imported, and no other that is wrong.
func TestCheckOfDirectionsAcrossCycles(t *testing.T) {
	terms := func(cycle recurrence.Cycle) *recurrence.Terms {
		return &recurrence.Terms{State: recurrence.Active, Cycle: cycle}
	}
	for name, c := range map[string]struct {
		direction  recurrence.Direction
		difference string
		accepted   bool
	}{
		"by the month":                 {recurrence.Downgrade, "0", true},
		"as it was kept":               {recurrence.Upgrade, "2790", true},
		"by the month, and difference": {recurrence.Downgrade, "2790", false},
		"wrong":                        {recurrence.Lateral, "0", false},
	} {
		err := recurrence.Change{Difference: recurrence.Difference{
			OldPrice: decimal.MustParse("310"), NewPrice: decimal.MustParse("3100"), OldCurrency: "MXN", NewCurrency: "MXN", Direction: c.direction,
			PriceDifference: decimal.MustParse(c.difference), OldTerms: terms(recurrence.Monthly), NewTerms: terms(recurrence.Annual),
		}}.Check()
		if (err == nil) != c.accepted {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

// drawRecurrence draws a state from so few ids and values that two states often share some.
func drawRecurrence(t *rapid.T, label string) recurrence.Recurrence {
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]catalogue.ServiceID{"a", "b", "c", "d", "e"}), 0, 5, rapid.ID).Draw(t, label+" services")
	drawn := recurrence.Recurrence{
		PackageID:   rapid.SampledFrom([]catalogue.PackageID{"P", "Q"}).Draw(t, label+" package"),
		DisplayName: rapid.SampledFrom([]string{"", "n"}).Draw(t, label+" name"),
		Price:       decimal.MustNew(rapid.Int64Range(0, 300).Draw(t, label+" price"), rapid.IntRange(0, 6).Draw(t, label+" scale")),
	}
	for i, id := range ids {
		drawn.Services = append(drawn.Services, recurrence.ContractedService{
			ServiceID: id, TransactionLimit: rapid.Int32Range(0, 1).Draw(t, fmt.Sprint(label, " limit ", i)),
		})
	}
	return drawn
}

func compare(t *rapid.T, before, after recurrence.Recurrence) recurrence.Difference {
	difference, err := recurrence.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	return difference
}

func byID(services []recurrence.ContractedService) map[catalogue.ServiceID]recurrence.ContractedService {
	index := map[catalogue.ServiceID]recurrence.ContractedService{}
	for _, service := range services {
		index[service.ServiceID] = service
	}
	return index
}

func TestCompareAppliedToOldStateGivesNewState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawRecurrence(t, "before"), drawRecurrence(t, "after")
		difference := compare(t, before, after)
		made := byID(before.Services)
		for _, service := range difference.Removed {
			if made[service.ServiceID] != service {
				t.Fatalf("removed service %+v was not contracted", service)
			}
			delete(made, service.ServiceID)
		}
		for _, service := range difference.Added {
			if _, contracted := made[service.ServiceID]; contracted {
				t.Fatalf("added service %+v was already contracted", service)
			}
			made[service.ServiceID] = service
		}
		for _, service := range difference.Changed {
			if made[service.Old.ServiceID] != service.Old || service.Old == service.New {
				t.Fatalf("changed service %+v does not match the contracted one", service)
			}
			made[service.New.ServiceID] = service.New
		}
		if diff := cmp.Diff(byID(after.Services), made); diff != "" {
			t.Fatalf("services (-want +got):\n%s", diff)
		}
	})
}

func TestCompareIsSymmetric(t *testing.T) {
	mirror := map[recurrence.Direction]recurrence.Direction{
		recurrence.Upgrade: recurrence.Downgrade, recurrence.Downgrade: recurrence.Upgrade, recurrence.Lateral: recurrence.Lateral,
	}
	rapid.Check(t, func(t *rapid.T) {
		one, other := drawRecurrence(t, "one"), drawRecurrence(t, "other")
		there, back := compare(t, one, other), compare(t, other, one)
		if back.Direction != mirror[there.Direction] || !back.PriceDifference.Equal(there.PriceDifference.Neg()) {
			t.Fatalf("forward %s by %v, backward %s by %v", there.Direction, there.PriceDifference, back.Direction, back.PriceDifference)
		}
		if diff := cmp.Diff(byID(there.Added), byID(back.Removed)); diff != "" {
			t.Fatalf("added forward, removed backward (-forward +backward):\n%s", diff)
		}
		if len(there.Changed) != len(back.Changed) || there.IsEmpty() != back.IsEmpty() {
			t.Fatalf("forward %+v, backward %+v", there, back)
		}
	})
}

func TestCompareOfEqualStatesIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state := drawRecurrence(t, "state")
		shuffled := state
		shuffled.Services = rapid.Permutation(state.Services).Draw(t, "order")
		if difference := compare(t, state, shuffled); !difference.IsEmpty() {
			t.Fatalf("got %+v, want an empty difference", difference)
		}
	})
}
