package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"

	"connectrpc.com/vanguard"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// maxBody bounds a JSON request.
const maxBody = 8 << 20

// startAPI builds the gRPC server of all services and its REST form.
func (s *Server) startAPI() error {
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(intercept), grpc.MaxRecvMsgSize(maxBody))
	s.registerOperations()
	for _, svc := range s.services {
		svc.Register(s.grpc)
	}
	services := make([]*vanguard.Service, 0, len(s.services)+1)
	for name := range s.grpc.GetServiceInfo() {
		services = append(services, vanguard.NewService(name, s.grpc))
	}
	transcoder, err := vanguard.NewTranscoder(services,
		vanguard.WithDefaultServiceOptions(vanguard.WithTargetCodecs(vanguard.CodecProto), vanguard.WithTargetProtocols(vanguard.ProtocolGRPC),
			vanguard.WithMaxMessageBufferBytes(maxBody)),
		vanguard.WithCodec(func(res vanguard.TypeResolver) vanguard.Codec {
			c := vanguard.NewJSONCodec(res)
			c.MarshalOptions.EmitUnpopulated = false // as Google answers
			c.UnmarshalOptions.DiscardUnknown = false
			return c
		}),
		vanguard.WithRules(operationRules...))
	if err != nil {
		return fmt.Errorf("serving REST: %w", err)
	}
	s.rest = &rest{transcoder}
	return nil
}

// reached is the key of the mark that a request got as far as its method. What
// fails before is the request's fault, though the transcoder calls it internal.
type reached struct{}

// intercept sets the mark and turns a panic into an error of that one call.
func intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, h grpc.UnaryHandler) (resp any, err error) {
	if mark, ok := ctx.Value(reached{}).(*atomic.Bool); ok {
		mark.Store(true)
	}
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "%s: %v", info.FullMethod, p)
		}
	}()
	return h(ctx, req)
}

// rest wraps the transcoder where it differs from Google's front end: system
// parameters in the query, the form of errors, their codes.
type rest struct{ next http.Handler }

// system are the query parameters that every Google API takes; the answer is
// always all fields as plain JSON.
var system = map[string]bool{"alt": true, "$alt": true, "prettyPrint": true, "$prettyPrint": true, "fields": true, "$fields": true,
	"key": true, "quotaUser": true, "$.xgafv": true}

// usage is Service Usage, which gcloud asks whether an API is enabled.
var usage = regexp.MustCompile(`^/v1/(projects/[^/]+/services/[a-z]+\.googleapis\.com)(:enable)?$`)

func (h *rest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m := usage.FindStringSubmatch(r.URL.Path); m != nil {
		answerUsage(w, r, m[1], m[2] != "")
		return
	}
	if r.ContentLength > maxBody {
		writeStatus(w, int32(codes.InvalidArgument), http.StatusBadRequest, fmt.Sprintf("Request payload size exceeds the limit: %d bytes.", maxBody), nil)
		return
	}
	mark := &atomic.Bool{}
	r = r.Clone(context.WithValue(r.Context(), reached{}, mark))
	q := r.URL.Query()
	maps.DeleteFunc(q, func(name string, _ []string) bool { return system[name] })
	r.URL.RawQuery = q.Encode()
	r.URL.Path, r.URL.RawPath = routable(r.URL.EscapedPath()), ""
	r.RequestURI = r.URL.RequestURI()
	r.Header.Del("Accept-Encoding")
	if r.Header.Get("Content-Type") != "" {
		r.Header.Set("Content-Type", "application/json") // it knows one spelling of the charset
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	aw := &answer{ResponseWriter: w}
	h.next.ServeHTTP(aw, r)
	aw.finish(mark.Load())
}

var verb = regexp.MustCompile(`^[A-Za-z]+$`)

// routable rewrites a path for the transcoder, which unescapes segments itself,
// takes the last one's first colon for the beginning of a verb, and would let an
// escaped slash, which belongs to a name, become a real one.
func routable(path string) string {
	path = strings.NewReplacer("%2F", "%252F", "%2f", "%252F").Replace(path)
	i := strings.LastIndex(path, "/") + 1
	last, tail := path[i:], ""
	if c := strings.LastIndex(last, ":"); c >= 0 && verb.MatchString(last[c+1:]) && !strings.HasSuffix(last[:c], "sha256") {
		last, tail = last[:c], last[c:]
	}
	return path[:i] + strings.ReplaceAll(last, ":", "%3A") + tail
}

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
	e := map[string]any{"code": httpCode, "message": message, "status": codeName(c)}
	if len(details) > 0 {
		e["details"] = details
	}
	writeJSON(w, httpCode, map[string]any{"error": e})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		code, data = http.StatusInternalServerError, []byte(`{"error":{"code":500,"status":"INTERNAL"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(code)
	_, _ = w.Write(append(data, '\n'))
}

// answerUsage says that every API is enabled, as all that are here are.
func answerUsage(w http.ResponseWriter, r *http.Request, name string, enable bool) {
	svc := map[string]any{"name": name, "parent": strings.SplitAfterN(name, "/services/", 2)[0], "state": "ENABLED"}
	svc["parent"] = strings.TrimSuffix(svc["parent"].(string), "/services/")
	svc["config"] = map[string]string{"name": name[strings.LastIndex(name, "/")+1:]}
	switch {
	case enable && r.Method == http.MethodPost:
		writeJSON(w, http.StatusOK, map[string]any{"name": "operations/noop.DONE_OPERATION", "done": true,
			"response": map[string]any{"@type": "type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse", "service": svc}})
	case !enable && r.Method == http.MethodGet:
		writeJSON(w, http.StatusOK, svc)
	default:
		writeStatus(w, int32(codes.NotFound), http.StatusNotFound, "Method not found.", nil)
	}
}
