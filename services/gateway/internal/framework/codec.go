package framework

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Read binds a body, which has been converted to UTF-8, to a message by package wire. The body may be
// empty if the message has no fields.
func (b Body) Read(text []byte, into proto.Message) error {
	err := wire.Read(b.Format, text, wire.DefaultLimits, into)
	if errors.Is(err, wire.ErrNoModel) && into.ProtoReflect().Descriptor().Fields().Len() == 0 {
		return nil
	}
	return err //nolint:wrapcheck // BindFailure reads it
}

// Append appends a message in the body's format and charset, by package wire.
func (b Body) Append(dst []byte, message proto.Message) ([]byte, error) {
	text, err := wire.Append(dst, b.Format, message)
	if err != nil {
		return nil, fmt.Errorf("encoding a %s: %w", message.ProtoReflect().Descriptor().FullName(), err)
	}
	return b.Encode(text), nil
}
