package ask_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/host":
			http.Error(w, "you asked "+r.Host, http.StatusBadRequest)
		case "/moved":
			http.Redirect(w, r, "/host", http.StatusFound)
		case "/page":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("<!doctype html>\n<head><title>x</title></head>\n<p>\x1b[31mno\x07 table</p>\n<p>more"))
		case "/dropped":
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(s.Close)
	for path, want := range map[string]ask.Reply{
		"/":      {Status: 200, Sent: true},
		"/host":  {Status: 400, Sent: true, Line: "you asked localhost:1"},
		"/moved": {Status: 302, Sent: true},
		"/page":  {Status: 500, Sent: true, Line: "[31mno table"},
	} {
		if got := ask.HTTP(t.Context(), ask.Question{URL: s.URL + path, Host: "localhost:1"}); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	if got := ask.HTTP(t.Context(), ask.Question{URL: s.URL + "/dropped"}); got.Status != 0 || !got.Sent || got.Err == "" || got.Foreign {
		t.Errorf("dropped: %+v", got)
	}
	addr := s.Listener.Addr().String()
	if got := ask.GRPC(t.Context(), addr); got.Status != 0 || !got.Foreign {
		t.Errorf("as gRPC: %+v", got)
	}
	s.Close()
	if got := ask.HTTP(t.Context(), ask.Question{URL: "http://" + addr}); got.Status != 0 || got.Sent || got.Err == "" {
		t.Errorf("nobody there: %+v", got)
	}
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Protocols: new(http.Protocols)}
	s.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	if got := (ask.Reply{Status: 200, Sent: true}); ask.GRPC(t.Context(), l.Addr().String()) != got {
		t.Errorf("%+v", ask.GRPC(t.Context(), l.Addr().String()))
	}
}

func TestFirstLine(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                           "",
		"\n\n  first \nsecond":       "first",
		`{"detail": "no"}`:           `{"detail": "no"}`,
		"<b></b>":                    "<b></b>",
		"<style>b{}</style><i>x</i>": "x",
		strings.Repeat("é", 300):     strings.Repeat("é", 200) + "…",
		"a\x00b\x1bc":                "abc",
	} {
		if got := ask.FirstLine(body); got != want {
			t.Errorf("FirstLine(%.20q) = %q, want %q", body, got, want)
		}
	}
}
