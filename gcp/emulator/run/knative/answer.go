package knative

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// maxBody bounds an object.
const maxBody = 8 << 20

func statusf(c codes.Code, format string, args ...any) error {
	return status.Errorf(c, format, args...)
}

func invalid(format string, args ...any) error {
	return statusf(codes.InvalidArgument, format, args...)
}

// read decodes a request's body; a field that the API has not is refused.
func read(r request, into any) error {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return invalid("reading the request: %v", err)
	case len(data) > maxBody:
		return invalid("Request payload size exceeds the limit: %d bytes.", maxBody)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return invalid("Invalid JSON payload received. %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// readProto is read for a message of gRPC.
func readProto(r request, into proto.Message) error {
	var raw json.RawMessage
	if err := read(r, &raw); err != nil {
		return err
	}
	if err := protojson.Unmarshal(raw, into); err != nil {
		return invalid("Invalid JSON payload received. %v", err)
	}
	return nil
}

// message is an answer that is a message of gRPC.
type message struct{ proto.Message }

// MarshalJSON writes the message as Google does.
func (m message) MarshalJSON() ([]byte, error) { return protojson.Marshal(m.Message) }
