package frame

import (
	"encoding/json"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// WriteJSON answers a value as JSON.
func WriteJSON(w http.ResponseWriter, httpCode int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		httpCode, data = http.StatusInternalServerError, []byte(`{"error":{"code":500,"status":"INTERNAL"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(httpCode)
	_, _ = w.Write(append(data, '\n'))
}

// WriteStatus answers an error as Google's REST APIs do.
func WriteStatus(w http.ResponseWriter, c codes.Code, httpCode int, message string, details []json.RawMessage) {
	e := map[string]any{"code": httpCode, "message": message, "status": code.Code(c).String()}
	if len(details) > 0 {
		e["details"] = details
	}
	WriteJSON(w, httpCode, map[string]any{"error": e})
}

// WriteError is WriteStatus of a gRPC error.
func WriteError(w http.ResponseWriter, err error) {
	st := status.Convert(err)
	var details []json.RawMessage
	for _, d := range st.Proto().GetDetails() {
		if data, err := protojson.Marshal(d); err == nil {
			details = append(details, data)
		}
	}
	WriteStatus(w, st.Code(), fault.HTTPStatus[int32(st.Code())], st.Message(), details)
}

// RefuseJSON is a surface's Refuse of Google's APIs over JSON.
func RefuseJSON(w http.ResponseWriter, r Refusal) { WriteStatus(w, r.Code, r.Status, r.Message, nil) }
