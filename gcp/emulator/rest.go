package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"cloud.google.com/go/iam/apiv1/iampb"
	"connectrpc.com/vanguard"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxBody bounds a JSON request.
const maxBody = 8 << 20

// startAPI builds the gRPC server of all services and its REST form.
func (s *Server) startAPI() error {
	s.grpc = grpc.NewServer(grpc.UnaryInterceptor(s.intercept), grpc.MaxRecvMsgSize(maxBody))
	s.registerOperations()
	location.RegisterLocationsServer(s.grpc, &locations{server: s})
	iampb.RegisterIAMPolicyServer(s.grpc, policies{server: s})
	rules := slices.Concat(operationRules, locationRules)
	var files []protoreflect.FileDescriptor
	for _, svc := range s.services {
		if svc.File != nil {
			files = append(files, svc.File)
		}
		if svc.Register != nil {
			svc.Register(s.grpc)
		}
		rules = append(rules, svc.Rules...)
	}
	services := make([]*vanguard.Service, 0, len(s.services)+1)
	for name := range s.grpc.GetServiceInfo() {
		sd, err := schemaOf(name, files)
		if err != nil {
			return fmt.Errorf("serving REST: %w", err)
		}
		services = append(services, vanguard.NewServiceWithSchema(sd, s.grpc))
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
		vanguard.WithRules(rules...))
	if err != nil {
		return fmt.Errorf("serving REST: %w", err)
	}
	s.rest = &rest{transcoder}
	return nil
}

// reached is the key of the mark that a request got as far as its method. What
// fails before is the request's fault, though the transcoder calls it internal.
type reached struct{}

// intercept sets the mark, refuses what the caller may not do, and turns a panic
// into an error of that one call.
func (s *Server) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, h grpc.UnaryHandler) (resp any, err error) {
	if mark, ok := ctx.Value(reached{}).(*atomic.Bool); ok {
		mark.Store(true)
	}
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "%s: %v", info.FullMethod, p)
		}
	}()
	if err := s.admit(ctx, info.FullMethod, req); err != nil {
		return nil, err
	}
	return h(ctx, req)
}

// rest wraps the transcoder where it differs from Google's front end: system
// parameters in the query, the form of errors, their codes.
type rest struct{ next http.Handler }

// system are the query parameters that every Google API takes; the answer is
// always all fields as plain JSON.
var system = map[string]bool{"alt": true, "$alt": true, "prettyPrint": true, "$prettyPrint": true, "fields": true, "$fields": true,
	"key": true, "quotaUser": true, "$.xgafv": true}

func (h *rest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > maxBody {
		refuseLarge(w)
		return
	}
	mark := &atomic.Bool{}
	r = r.Clone(context.WithValue(r.Context(), reached{}, mark))
	q := r.URL.Query()
	maps.DeleteFunc(q, func(name string, _ []string) bool { return system[name] })
	for _, name := range []string{"updateMask", "update_mask"} {
		if q.Get(name) == "" { // which the transcoder takes for no mask in JSON
			q.Del(name)
		}
		for i, mask := range q[name] {
			q[name][i] = camel.ReplaceAllStringFunc(mask, func(x string) string { return strings.ToUpper(x[1:]) })
		}
	}
	r.URL.RawQuery = q.Encode()
	r.URL.Path, r.URL.RawPath = routable(r.URL.EscapedPath()), ""
	r.RequestURI = r.URL.RequestURI()
	r.Header.Del("Accept-Encoding")
	if r.Header.Get("Content-Type") != "" {
		r.Header.Set("Content-Type", "application/json") // it knows one spelling of the charset
	}
	body := &bounded{ReadCloser: http.MaxBytesReader(w, r.Body, maxBody)}
	r.Body = body
	aw := &answer{ResponseWriter: w}
	h.next.ServeHTTP(aw, r)
	if aw.code >= 400 && body.over.Load() { // the transcoder calls it unavailable, and clients try again
		refuseLarge(w)
		return
	}
	aw.finish(mark.Load())
}

// bounded remembers that a body without a length was too large.
type bounded struct {
	io.ReadCloser
	over atomic.Bool
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		b.over.Store(true)
	}
	return n, err
}

func refuseLarge(w http.ResponseWriter) {
	writeStatus(w, int32(codes.InvalidArgument), http.StatusBadRequest, fmt.Sprintf("Request payload size exceeds the limit: %d bytes.", maxBody), nil)
}

// camel are the letters by which names in a mask in the form of protos, which Google
// takes and gcloud sends, differ from those of JSON, which the transcoder takes.
var camel = regexp.MustCompile(`_[a-z]`)

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
