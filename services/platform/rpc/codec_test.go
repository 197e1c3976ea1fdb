package rpc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcgzip "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// rawCodec sends bytes as they are and keeps answers as bytes.
type rawCodec struct{}

func (rawCodec) Name() string                      { return "proto" }
func (rawCodec) Marshal(value any) ([]byte, error) { return *value.(*[]byte), nil }
func (rawCodec) Unmarshal(data []byte, into any) error {
	*into.(*[]byte) = bytes.Clone(data)
	return nil
}

// asGzip sends bytes as they are and says that they are gzip.
type asGzip struct{}

func (asGzip) Type() string { return "gzip" }
func (asGzip) Do(w io.Writer, text []byte) error {
	_, err := w.Write(text)
	return err
}

// zipped returns a message with a text of size bytes, in gzip.
func zipped(t *testing.T, size int) []byte {
	t.Helper()
	message, err := proto.Marshal(wrapperspb.String(strings.Repeat("a", size)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := writer.Write(message); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asAnn(pairs ...string) context.Context {
	return metadata.AppendToOutgoingContext(context.Background(), append([]string{"authorization", "Bearer ann"}, pairs...)...)
}

func echo(context.Context, string) (string, error) { return "heard", nil }

func TestMalformedMessagesAreTheCallersError(t *testing.T) {
	plain, _, _ := serve(t, &bytes.Buffer{}, ready, echo)
	compressed, _, _ := serve(t, &bytes.Buffer{}, ready, echo, grpc.WithCompressor(asGzip{})) //nolint:staticcheck // sends any bytes as gzip
	good, broken := zipped(t, 100), zipped(t, 100)
	broken[len(broken)-5] ^= 1 // its checksum
	for _, test := range []struct {
		name    string
		sent    []byte
		gzip    bool
		code    codes.Code
		message string
	}{
		{"well-formed", []byte{0x0a, 1, 'x'}, false, codes.OK, ""},
		{"truncated", []byte{0x0a, 9, 'x'}, false, codes.InvalidArgument, "the request is not a well-formed google.protobuf.StringValue: "},
		{"no tag", []byte{0x07}, false, codes.InvalidArgument, "the request is not a well-formed google.protobuf.StringValue: "},
		{"not UTF-8", []byte{0x0a, 2, 0xff, 0xfe}, false, codes.InvalidArgument, "invalid UTF-8"},
		{"gzip", good, true, codes.OK, ""},
		{"no gzip", []byte("hello"), true, codes.InvalidArgument, "the bytes are not gzip"},
		{"truncated gzip", good[:len(good)-9], true, codes.InvalidArgument, "the bytes are not gzip"},
		{"broken gzip", broken, true, codes.InvalidArgument, "the bytes are not gzip"},
		{"gzip of too much", zipped(t, 5<<20), true, codes.ResourceExhausted, "larger than max"},
	} {
		t.Run(test.name, func(t *testing.T) {
			connection := plain
			if test.gzip {
				connection = compressed
			}
			var answer []byte
			err := connection.Invoke(asAnn(), "/test.Echo/Call", &test.sent, &answer, grpc.ForceCodec(rawCodec{}))
			if got := status.Convert(err); got.Code() != test.code || !strings.Contains(got.Message(), test.message) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// received counts the bytes of answers on the wire.
type received struct {
	stats.Handler
	bytes atomic.Int64
}

func (*received) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*received) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*received) HandleConn(context.Context, stats.ConnStats)                       {}
func (r *received) HandleRPC(_ context.Context, event stats.RPCStats) {
	if in, ok := event.(*stats.InPayload); ok {
		r.bytes.Store(int64(in.CompressedLength))
	}
}

func TestAnswersAreCompressedAsRequestsAre(t *testing.T) {
	var wire received
	connection, _, _ := serve(t, &bytes.Buffer{}, ready, func(_ context.Context, text string) (string, error) { return text, nil }, grpc.WithStatsHandler(&wire))
	long := strings.Repeat("long ", 1000)
	for name, options := range map[string][]grpc.CallOption{"": nil, grpcgzip.Name: {grpc.UseCompressor(grpcgzip.Name)}} {
		var answer wrapperspb.StringValue
		err := connection.Invoke(asAnn(), "/test.Echo/Call", wrapperspb.String(long), &answer, options...)
		if err != nil || answer.GetValue() != long || (wire.bytes.Load() < 500) != (name != "") {
			t.Errorf("%q: got %d bytes in %d, %v", name, len(answer.GetValue()), wire.bytes.Load(), err)
		}
	}
}

func TestUnclearMetadataIsRefused(t *testing.T) {
	connection, _, _ := serve(t, &bytes.Buffer{}, ready, echo)
	for name, test := range map[string]struct {
		pairs []string
		want  codes.Code
	}{
		"a key":           {[]string{"idempotency-key", "k"}, codes.OK},
		"an empty key":    {[]string{"idempotency-key", ""}, codes.InvalidArgument},
		"two keys":        {[]string{"idempotency-key", "k", "idempotency-key", "k"}, codes.InvalidArgument},
		"two credentials": {[]string{"authorization", "Bearer ann"}, codes.InvalidArgument},
	} {
		err := connection.Invoke(asAnn(test.pairs...), "/test.Echo/Call", wrapperspb.String(""), &wrapperspb.StringValue{})
		if status.Code(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}
