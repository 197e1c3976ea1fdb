package rpc

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
	encodingproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// grpc answers INTERNAL to bytes that are not a message, and to bytes that are not gzip, before any
// interceptor runs. Both are the caller's error. So the codec accepts such bytes and leaves an
// unknown field in the message that says what was wrong; validation then refuses it.

// malformedField is the number of that field, the highest there is.
const malformedField = protowire.MaxValidNumber

// codec is grpc's codec for protobuf, except that it accepts malformed messages.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(encodingproto.Name)} }

// Unmarshal fills a message, or marks it as malformed.
func (c codec) Unmarshal(data mem.BufferSlice, into any) error {
	if counted, ok := into.(*incoming); ok {
		if counted.refused = counted.reserve(data); counted.refused != nil {
			return nil //nolint:nilerr // receive returns it; grpc would answer INTERNAL
		}
		into = counted.message
	}
	err := c.CodecV2.Unmarshal(data, into)
	message, ok := into.(proto.Message)
	if !ok {
		return err
	}
	if endsBroken(data) {
		err = errors.New("the bytes are not gzip")
	}
	if err == nil {
		return nil
	}
	proto.Reset(message)
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
	mark := protowire.AppendTag(nil, malformedField, protowire.BytesType)
	message.ProtoReflect().SetUnknown(protowire.AppendString(mark, text))
	return nil
}

// checkWellFormed refuses a message that the codec marked as malformed.
func checkWellFormed(message proto.Message) error {
	unknown := message.ProtoReflect().GetUnknown()
	number, kind, size := protowire.ConsumeTag(unknown)
	if size < 0 || number != malformedField || kind != protowire.BytesType {
		return nil
	}
	text, size := protowire.ConsumeString(unknown[size:])
	if size < 0 {
		return nil
	}
	why := reason.InvalidValue
	if strings.Contains(text, "UTF-8") {
		why = reason.InvalidText
	}
	return fault.New(fault.Invalid, why, "the request is not a well-formed %s: %s",
		message.ProtoReflect().Descriptor().FullName(), strings.ToValidUTF8(text, "\uFFFD"))
}

// compressor is grpc's gzip, except that bytes that are not gzip end in brokenEnd instead of in an
// error.
type compressor struct{ encoding.Compressor }

// brokenEnd ends what could not be decompressed: a text that no message ends in by chance.
var brokenEnd = []byte("\xff\x07 not gzip 5d0f1b1e-8a53-4c0e \x07\xff")

func init() { encoding.RegisterCompressor(compressor{encoding.GetCompressor(gzip.Name)}) }

// Decompress returns a reader of the decompressed bytes.
func (c compressor) Decompress(from io.Reader) (io.Reader, error) {
	reader, err := c.Compressor.Decompress(from)
	if err != nil {
		return bytes.NewReader(brokenEnd), nil //nolint:nilerr // the codec refuses it
	}
	return &decompressed{from: reader}, nil
}

// decompressed reads decompressed bytes, and brokenEnd after bytes that are not gzip.
type decompressed struct{ from io.Reader }

// Read reads bytes.
func (d *decompressed) Read(into []byte) (int, error) {
	n, err := d.from.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		d.from, err = bytes.NewReader(brokenEnd), nil
	}
	return n, err
}

// endsBroken reports whether bytes end in brokenEnd.
func endsBroken(data mem.BufferSlice) bool {
	last := len(brokenEnd)
	if data.Len() < last {
		return false
	}
	reader := data.Reader()
	defer func() { _ = reader.Close() }() // only returns buffers
	if _, err := reader.Discard(data.Len() - last); err != nil {
		return false
	}
	end := make([]byte, last)
	_, err := io.ReadFull(reader, end)
	return err == nil && bytes.Equal(end, brokenEnd)
}
