package knative

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
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

// writeError answers in the form that all of Google's APIs share.
func writeError(w http.ResponseWriter, err error) {
	st := status.Convert(err)
	var details []message
	for _, d := range st.Proto().GetDetails() {
		details = append(details, message{d})
	}
	writeStatus(w, st.Code(), fault.HTTPStatus[int32(st.Code())], st.Message(), details)
}

// refuse answers for the frame.
func refuse(w http.ResponseWriter, r frame.Refusal) { writeStatus(w, r.Code, r.Status, r.Message, nil) }

func writeStatus(w http.ResponseWriter, c codes.Code, httpCode int, text string, details []message) {
	e := map[string]any{"code": httpCode, "message": text, "status": code.Code(c).String()}
	if len(details) > 0 {
		e["details"] = details
	}
	writeJSON(w, httpCode, map[string]any{"error": e})
}

func writeJSON(w http.ResponseWriter, httpCode int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		httpCode, data = http.StatusInternalServerError, fmt.Appendf(nil, `{"error":{"code":500,"status":"INTERNAL","message":%q}}`, err)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(httpCode)
	_, _ = w.Write(append(data, '\n'))
}
