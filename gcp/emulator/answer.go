package emulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// answer passes an answer through and holds back an error's body.
type answer struct {
	http.ResponseWriter
	code int
	body bytes.Buffer
}

// WriteHeader begins the answer, or holds it back if it is an error.
func (a *answer) WriteHeader(code int) {
	if a.code != 0 {
		return
	}
	if a.code = code; code < 400 {
		a.ResponseWriter.WriteHeader(code)
	}
}

// Write passes p on, or holds it back.
func (a *answer) Write(p []byte) (int, error) {
	if a.code == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.code >= 400 {
		return a.body.Write(p)
	}
	return a.ResponseWriter.Write(p)
}

// Flush lets the transcoder stream.
func (a *answer) Flush() {
	if f, ok := a.ResponseWriter.(http.Flusher); ok && a.code != 0 && a.code < 400 {
		f.Flush()
	}
}

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// finish writes an error that was held back, in Google's form.
func (a *answer) finish(reached bool) {
	if a.code < 400 {
		return
	}
	var st struct {
		Code    int32             `json:"code"`
		Message string            `json:"message"`
		Details []json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal(a.body.Bytes(), &st); err != nil || st.Code == 0 {
		st.Message = strings.TrimSpace(a.body.String())
		switch a.code {
		case http.StatusNotFound, http.StatusMethodNotAllowed:
			st.Code, st.Message = int32(codes.NotFound), "Method not found: the emulators serve nothing at this path."
		case http.StatusNotImplemented:
			st.Code = int32(codes.Unimplemented)
		default:
			st.Code = int32(codes.InvalidArgument)
		}
	}
	if c := codes.Code(st.Code); !reached && (c == codes.Internal || c == codes.Unknown) {
		st.Code, st.Message = int32(codes.InvalidArgument), "Invalid JSON payload received. "+st.Message
	}
	for _, name := range []string{"Content-Length", "Content-Encoding", "Trailer"} {
		a.Header().Del(name)
	}
	httpCode, ok := fault.HTTPStatus[st.Code]
	if !ok {
		httpCode = http.StatusInternalServerError
	}
	writeStatus(a.ResponseWriter, st.Code, httpCode, st.Message, st.Details)
}

// writeStatus answers an error as Google's REST APIs do.
func writeStatus(w http.ResponseWriter, c int32, httpCode int, message string, details []json.RawMessage) {
	frame.WriteStatus(w, codes.Code(c), httpCode, message, details)
}
