package api

import (
	"context"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
)

// ActivateRecurrence puts a draft into force.
func (h *recurrences) ActivateRecurrence(ctx context.Context, request *customerrecurrencev1.ActivateRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	return h.take(ctx, recurrence.Activate, request)
}

// PauseRecurrence interrupts a recurrence.
func (h *recurrences) PauseRecurrence(ctx context.Context, request *customerrecurrencev1.PauseRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	return h.take(ctx, recurrence.Pause, request)
}

// ResumeRecurrence ends a pause.
func (h *recurrences) ResumeRecurrence(ctx context.Context, request *customerrecurrencev1.ResumeRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	return h.take(ctx, recurrence.Resume, request)
}

// CancelRecurrence cancels a recurrence, now or at the period's end.
func (h *recurrences) CancelRecurrence(ctx context.Context, request *customerrecurrencev1.CancelRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	if request.GetTiming() == customerrecurrencev1.ChangeTiming_CHANGE_TIMING_PERIOD_END {
		return h.take(ctx, recurrence.CancelAtEnd, request)
	}
	return h.take(ctx, recurrence.CancelNow, request)
}

// UndoRecurrence takes a cancellation back.
func (h *recurrences) UndoRecurrence(ctx context.Context, request *customerrecurrencev1.UndoRecurrenceRequest) (*customerrecurrencev1.Recurrence, error) {
	return h.take(ctx, recurrence.Undo, request)
}

// step is what the requests of all moves have.
type step interface {
	GetName() string
	GetEtag() string
	GetNote() string
}

func (h *recurrences) take(ctx context.Context, by recurrence.Move, request step) (*customerrecurrencev1.Recurrence, error) {
	key, err := recurrenceKey("name", request.GetName())
	if err != nil {
		return nil, err
	}
	taken, err := h.service.Take(ctx, recurrence.Step{Key: key, Etag: request.GetEtag(), By: by, Note: request.GetNote()})
	return respond(taken, err, recurrenceMessage)
}
