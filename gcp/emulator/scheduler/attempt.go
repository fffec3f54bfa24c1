package scheduler

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/genproto/googleapis/rpc/code"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
)

const agent = "Google-Cloud-Scheduler"

// ours begins the headers that no caller decides on.
var ours = []string{"x-google-", "x-appengine-", "x-cloudscheduler"}

// newClient calls targets. It follows no redirect, and finds the apps of services,
// which not every system does.
func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	dial := &net.Dialer{Timeout: 30 * time.Second}
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(addr); err == nil && strings.HasSuffix(host, ".localhost") {
			addr = net.JoinHostPort("127.0.0.1", port)
		}
		return dial.DialContext(ctx, network, addr)
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// attempt calls a job's target once, for a time of its schedule.
func (s *Server) attempt(ctx context.Context, m *schedulerpb.Job, legacy bool, tick time.Time) *rpc.Status {
	ctx, cancel := context.WithTimeout(ctx, m.GetAttemptDeadline().AsDuration())
	defer cancel()
	var r *http.Request
	var err error
	if m.GetAppEngineHttpTarget() != nil {
		r, err = s.requestApp(ctx, m, legacy)
	} else {
		r, err = s.request(ctx, m)
	}
	if err != nil {
		return &rpc.Status{Code: int32(code.Code_INVALID_ARGUMENT)}
	}
	r.Header.Set("X-CloudScheduler", "true")
	r.Header.Set("X-CloudScheduler-JobName", m.GetName()[strings.LastIndexByte(m.GetName(), '/')+1:])
	r.Header.Set("X-CloudScheduler-ScheduleTime", tick.UTC().Format(time.RFC3339))
	resp, err := s.client.Do(r)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &rpc.Status{Code: int32(code.Code_DEADLINE_EXCEEDED)}
	case err != nil:
		return &rpc.Status{Code: int32(code.Code_UNAVAILABLE)}
	}
	return &rpc.Status{Code: int32(codeOf(resp.StatusCode))}
}

// request is what a target of a URL gets.
func (s *Server) request(ctx context.Context, m *schedulerpb.Job) (*http.Request, error) {
	t := m.GetHttpTarget()
	to, err := url.Parse(t.GetUri())
	if err != nil {
		return nil, err
	}
	google := strings.HasSuffix(to.Hostname(), ".googleapis.com")
	if google {
		here, err := url.Parse(s.cfg.URL)
		if err != nil {
			return nil, err
		}
		to.Scheme, to.Host = here.Scheme, here.Host
	}
	r, err := http.NewRequestWithContext(ctx, t.GetHttpMethod().String(), to.String(), bytes.NewReader(t.GetBody()))
	if err != nil {
		return nil, err
	}
	for name, value := range t.GetHeaders() {
		if !reserved(name) {
			r.Header.Set(name, value)
		}
	}
	r.Header.Set("User-Agent", agent)
	until := s.cfg.Now().Add(time.Hour)
	switch {
	case t.GetOauthToken() != nil:
		r.Header.Set("Authorization", "Bearer "+s.cfg.Tokens.Access("serviceAccount:"+accountOf(t), until))
	case t.GetOidcToken() != nil:
		token, err := s.cfg.Tokens.Identity(accountOf(t), t.GetOidcToken().GetAudience(), until)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}

func reserved(name string) bool {
	name = strings.ToLower(name)
	for _, p := range ours {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return name == "host" || name == "content-length"
}

// codeOf is the status of an attempt that got an answer.
func codeOf(answer int) code.Code {
	if answer >= 200 && answer < 300 {
		return code.Code_OK
	}
	if c, ok := map[int]code.Code{
		400: code.Code_INVALID_ARGUMENT, 401: code.Code_UNAUTHENTICATED, 403: code.Code_PERMISSION_DENIED, 404: code.Code_NOT_FOUND,
		409: code.Code_ABORTED, 429: code.Code_RESOURCE_EXHAUSTED, 499: code.Code_CANCELLED, 500: code.Code_INTERNAL,
		501: code.Code_UNIMPLEMENTED, 503: code.Code_UNAVAILABLE, 504: code.Code_DEADLINE_EXCEEDED,
	}[answer]; ok {
		return c
	}
	if answer >= 400 && answer < 500 {
		return code.Code_FAILED_PRECONDITION
	}
	return code.Code_UNKNOWN
}
