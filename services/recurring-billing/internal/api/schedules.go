package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

const billingSchedule = "billingSchedule"

func scheduleMessage(s run.Schedule) *pb.BillingSchedule {
	message := &pb.BillingSchedule{
		Name: billingSchedule, Enabled: s.Enabled, DayOfMonth: int32(s.Day), TimeZone: s.Zone, Etag: s.Etag(),
		LeaveDrafts: s.LeaveDrafts,
	}
	for _, cycle := range s.Cycles {
		message.BillCycles = append(message.BillCycles, cycleMessages[cycle])
	}
	if s.Version > 0 {
		message.UpdateTime = timestamppb.New(s.Updated)
	}
	return message
}

func upcomingMessage(u run.Upcoming) *pb.BillingSchedule {
	message := scheduleMessage(u.Schedule)
	message.NextRunDate = gtype.Date(u.NextRun)
	return message
}

func newSchedule(m *pb.BillingSchedule) run.Schedule {
	return run.Schedule{
		Enabled: m.GetEnabled(), Day: int(m.GetDayOfMonth()), Zone: m.GetTimeZone(), Cycles: readCycles(m.GetBillCycles()),
		LeaveDrafts: m.GetLeaveDrafts(),
	}
}

// scheduleFields are the fields of a billing schedule that an update can change.
var scheduleFields = fields[run.Schedule, run.Schedule]{
	"enabled":      func(s *run.Schedule, sent run.Schedule) { s.Enabled = sent.Enabled },
	"day_of_month": func(s *run.Schedule, sent run.Schedule) { s.Day = sent.Day },
	"time_zone":    func(s *run.Schedule, sent run.Schedule) { s.Zone = sent.Zone },
	"bill_cycles":  func(s *run.Schedule, sent run.Schedule) { s.Cycles = sent.Cycles },
	"leave_drafts": func(s *run.Schedule, sent run.Schedule) { s.LeaveDrafts = sent.LeaveDrafts },
}

// GetBillingSchedule reads the billing schedule.
func (h *handlers) GetBillingSchedule(ctx context.Context, _ *pb.GetBillingScheduleRequest) (*pb.BillingSchedule, error) {
	schedule, err := h.Runs.Schedule(ctx)
	if err != nil {
		return nil, err
	}
	return upcomingMessage(schedule), nil
}

// UpdateBillingSchedule sets the billing schedule.
func (h *handlers) UpdateBillingSchedule(ctx context.Context, request *pb.UpdateBillingScheduleRequest) (*pb.BillingSchedule, error) {
	asked := request.GetBillingSchedule()
	var r reader
	take, err := set(&r, "billing_schedule", request.GetUpdateMask(), asked, scheduleFields, newSchedule(asked))
	if err != nil {
		return nil, err
	}
	schedule, err := h.Runs.UpdateSchedule(ctx, asked.GetEtag(), take)
	if err != nil {
		return nil, inResource(err, "billing_schedule")
	}
	return upcomingMessage(schedule), nil
}
