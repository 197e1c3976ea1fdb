package api

import (
	"fmt"
	"strings"
	"unicode"

	exact "github.com/govalues/decimal"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	calendar "github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// word converts an enum value to the domain's spelling: its name without the enum's prefix.
// Unspecified becomes empty.
func word[W ~string](prefix string, value fmt.Stringer) W {
	name := strings.TrimPrefix(value.String(), prefix)
	if name == "UNSPECIFIED" {
		return ""
	}
	return W(name)
}

// enum converts the domain's spelling to an enum value.
func enum[E ~int32, W ~string](prefix string, values map[string]int32, word W) E {
	return E(values[prefix+strings.ToUpper(string(word))])
}

// reading collects the violations of a request while it is converted.
type reading struct{ fault.Violations }

func (r *reading) invalid(field string, why reason.Reason, err error) { r.Add(field, why, "%v", err) }

// reference parses a resource name and returns its id.
func reference[ID ~string](r *reading, pattern resourcename.Pattern, field, name string) ID {
	id, err := resourcename.ID[ID](pattern, field, name)
	_ = r.Collect(err) // always an Invalid fault
	return id
}

// chosenID checks an id that the caller chose. Empty stays empty.
func chosenID[ID ~string](r *reading, field, id string) ID {
	if id == "" {
		return ""
	}
	chosen, err := resourcename.ParseID(field, id)
	_ = r.Collect(err) // always an Invalid fault
	return ID(chosen)
}

// key checks a text by which people identify something, such as a number or a code, and returns it.
func (r *reading) key(field, text string) string {
	if strings.ContainsFunc(text, isInvisible) {
		r.Add(field, reason.InvalidText, "must not contain control characters or direction marks")
	}
	return text
}

func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

func (r *reading) date(field string, message *date.Date) calendar.Date {
	read, err := gtype.FromDate(message)
	if err != nil {
		r.invalid(field, reason.InvalidDate, err)
	}
	return read
}

// partialDate converts a date whose unknown parts are 0.
func (r *reading) partialDate(field string, message *date.Date) account.PartialDate {
	read := account.PartialDate{Year: message.GetYear(), Month: message.GetMonth(), Day: message.GetDay()}
	if read.Year < 0 || read.Year > 9999 || read.Month < 0 || read.Month > 12 || read.Day < 0 || read.Day > 31 {
		r.Add(field, reason.InvalidDate, "year %d, month %d and day %d are not a date", read.Year, read.Month, read.Day)
	}
	return read
}

func (r *reading) decimal(field string, message *decimal.Decimal) *exact.Decimal {
	if message == nil {
		return nil
	}
	read, err := gtype.FromDecimal(message)
	if err != nil {
		r.invalid(field, reason.InvalidDecimal, err)
	}
	return &read
}

// userFields converts user defined fields. The rules of the message have checked the numbers.
func (r *reading) userFields(field string, message *pb.UserDefinedFields) (fields userfield.Fields) {
	for number, value := range message.GetStrings() {
		fields.Strings[number-1] = &value
	}
	for number, value := range message.GetFloats() {
		fields.Floats[number-1] = r.decimal(fmt.Sprintf("%s.floats[%d]", field, number), value)
	}
	for number, value := range message.GetDates() {
		read, err := userfield.ParseDateTime(value)
		if err != nil {
			r.invalid(fmt.Sprintf("%s.dates[%d]", field, number), reason.InvalidDate, err)
		}
		fields.Dates[number-1] = &read
	}
	return fields
}

func userFieldsMessage(fields userfield.Fields) *pb.UserDefinedFields {
	message := &pb.UserDefinedFields{Strings: map[int32]string{}, Floats: map[int32]*decimal.Decimal{}, Dates: map[int32]string{}}
	for i, value := range fields.Strings {
		if value != nil {
			message.Strings[int32(i+1)] = *value
		}
	}
	for i, value := range fields.Floats {
		if value != nil {
			message.Floats[int32(i+1)] = gtype.Decimal(*value)
		}
	}
	for i, value := range fields.Dates {
		if value != nil {
			message.Dates[int32(i+1)] = value.String()
		}
	}
	return message
}

// versions returns the fields of a message that describe its resource's revision.
func versions(record mutation.Revision) (etag string, created, updated *timestamppb.Timestamp) {
	return record.Etag(), timestamppb.New(record.Created), timestamppb.New(record.Updated)
}
