package visibility

import (
	"context"
	"fmt"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
)

// ofLevels has subscriptions of some levels, and their accounts have none.
type ofLevels struct {
	Reader
	levels    []string
	following bool
}

func (o ofLevels) Levels(_ context.Context, _ listing.Condition, limit int) (levels []string, exact bool, err error) {
	return o.levels[:min(limit, len(o.levels))], !o.following, nil
}

func (ofLevels) PrivacyLevels(context.Context, listing.Query) ([]catalogue.PrivacyLevel, error) {
	return []catalogue.PrivacyLevel{{ID: "l0", Number: "1000"}, {ID: "l1", Number: "1"}}, nil
}

// TestSplitOfFewParts splits lists of some groups by the levels that exist: only those are split that have few of both, and only a list
// of which something is hidden.
func TestSplitOfFewParts(t *testing.T) {
	highest := int64(100)
	for _, test := range []struct {
		groups, levels int
		highest        *int64
		parts          int
		every          bool
		following      bool
	}{
		{0, 2, nil, 0, false, false},
		{0, 0, &highest, 0, false, false},
		{0, 1, &highest, 0, true, false}, // nothing is seen
		{0, 2, &highest, 1, false, false},
		{3, 2, nil, 8, false, false},
		{3, 2, &highest, 4, false, false},
		{3, 100, nil, 400, false, false},
		{3, 101, nil, 0, true, false},
		{0, maxLevels + 1, &highest, 0, true, false},
		{0, 2, &highest, 0, true, true},
	} {
		reader := ofLevels{following: test.following}
		for level := range test.levels {
			reader.levels = append(reader.levels, fmt.Sprintf("l%d/", level))
		}
		v := Visibility{MaxPrivacy: test.highest}
		for group := range test.groups {
			v.Groups = append(v.Groups, catalogue.GroupID(fmt.Sprint("g", group)))
		}
		v, err := v.Resolved(t.Context(), reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if every, among := v.Split(); len(among) != test.parts || (every != nil) != test.every {
			t.Errorf("%d groups and %d levels: got %v and %d parts, want %d", test.groups, test.levels, every, len(among), test.parts)
		}
	}
}
