package crmcom

import (
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

// TestUnscheduledActionsCannotBeScheduled checks that no operation that can be scheduled is among those of which there are never any.
func TestUnscheduledActionsCannotBeScheduled(t *testing.T) {
	for _, operation := range slices.Concat(lifecycle.Operations, lifecycle.ServiceOperations, lifecycle.Amendments) {
		if slices.Contains(unscheduled, operation) {
			t.Errorf("%s can be scheduled", operation)
		}
	}
}
