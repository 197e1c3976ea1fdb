package api

import (
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

var timingMessages = map[line.Timing]pb.BillingTiming{
	line.InAdvance: pb.BillingTiming_BILLING_TIMING_IN_ADVANCE,
	line.InArrears: pb.BillingTiming_BILLING_TIMING_IN_ARREARS,
}

var timings = inverse(timingMessages)

func pauseMessages(pauses []line.Pause) []*pb.Pause {
	messages := make([]*pb.Pause, len(pauses))
	for i, pause := range pauses {
		messages[i] = &pb.Pause{
			FromDate: gtype.Date(pause.From), UntilDate: gtype.Date(pause.Until), ResumeDate: gtype.Date(pause.Resumed), ReasonCode: string(pause.Reason),
		}
	}
	return messages
}

// readPauses reads the pauses of a line that brings its own.
func readPauses(r *reader, messages []*pb.Pause) (pauses []line.Pause) {
	for i, m := range messages {
		in := fmt.Sprintf("%s[%d].", line.FieldPauses, i)
		pauses = append(pauses, line.Pause{
			From:    r.date(in+line.FieldFrom, m.GetFromDate()),
			Until:   r.date(in+line.FieldUntil, m.GetUntilDate()),
			Resumed: r.date(in+line.FieldResume, m.GetResumeDate()),
			Reason:  line.ReasonCode(m.GetReasonCode()),
		})
	}
	return pauses
}

// PauseRecurringLine pauses a line.
func (h *handlers) PauseRecurringLine(ctx context.Context, request *pb.PauseRecurringLineRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	var r reader
	pausing := line.Pausing{
		Etag: request.GetEtag(), From: r.date(line.FieldFrom, request.GetFromDate()), Until: r.date(line.FieldUntil, request.GetUntilDate()),
		Reason: line.ReasonCode(request.GetReasonCode()),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.Pause(ctx, id, pausing))
}

// ResumeRecurringLine ends a pause of a line.
func (h *handlers) ResumeRecurringLine(ctx context.Context, request *pb.ResumeRecurringLineRequest) (*pb.RecurringLine, error) {
	id, err := resourcename.Number[line.ID](lineNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	var r reader
	on := r.date(line.FieldResume, request.GetResumeDate())
	if err := r.Err(); err != nil {
		return nil, err
	}
	return answerLine(h.Lines.Resume(ctx, id, on, request.GetEtag()))
}
