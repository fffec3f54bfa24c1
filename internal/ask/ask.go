// Package ask asks a web app for one answer: over HTTP, or the first frame of
// HTTP/2, which is all that gRPC has in common. It does not judge the answer.
package ask

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

// Reply is what came of one question.
type Reply struct {
	Status int    `json:"status,omitempty"` // 0 = there was no answer
	Line   string `json:"line,omitempty"`   // the first line of text of an answer from 400 on
	Has    bool   `json:"has,omitempty"`    // the body has what Question.Contains asks for
	Sent   bool   `json:"sent,omitempty"`   // the question left: who was asked took it
	// Foreign says that what came is of another protocol.
	Foreign bool   `json:"foreign,omitempty"`
	Err     string `json:"error,omitempty"` // why there is no answer
}

// String is the status in words.
func (r Reply) String() string {
	return strings.TrimSpace(strconv.Itoa(r.Status) + " " + http.StatusText(r.Status))
}

// HTTP2 says whether a Foreign reply to a question of HTTP/1.1 was HTTP/2.
func (r Reply) HTTP2() bool { return r.Foreign && strings.Contains(r.Err, `\x00\x00`) }

const (
	agent     = "gcpdeploy"
	bodyLimit = 16 << 10
	searched  = 1 << 20         // of a body in which something is looked for
	bodyWait  = 2 * time.Second // for the body of an answer whose status is known
)

// Question is what is asked over HTTP.
type Question struct {
	URL           string
	Host          string // the name that is asked for; "" = the URL's
	Header, Value string // one more; "" = none
	Contains      string // what to look for in the body; "" = nothing
}

// HTTP gets a URL, once, without following where it leads.
func HTTP(ctx context.Context, q Question) Reply {
	var sent atomic.Bool
	ctx, cancel := context.WithCancel(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(w httptrace.WroteRequestInfo) { sent.Store(w.Err == nil) },
	}))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.URL, nil)
	if err != nil {
		return Reply{Err: err.Error()}
	}
	req.Host = q.Host
	req.Header.Set("User-Agent", agent)
	if q.Header != "" {
		req.Header.Set(q.Header, q.Value)
	}
	t := Transport()
	t.DisableKeepAlives, t.ForceAttemptHTTP2 = true, false
	defer t.CloseIdleConnections()
	res, err := t.RoundTrip(req)
	if err != nil {
		return Reply{Sent: sent.Load(), Foreign: foreign(err), Err: plain(err.Error())}
	}
	defer res.Body.Close()
	r := Reply{Status: res.StatusCode, Sent: true}
	if q.Contains != "" {
		body, _ := io.ReadAll(io.LimitReader(res.Body, searched))
		r.Has = bytes.Contains(body, []byte(q.Contains))
		if r.Status >= http.StatusBadRequest {
			r.Line = FirstLine(string(body[:min(len(body), bodyLimit)]))
		}
		return r
	}
	if r.Status >= http.StatusBadRequest {
		limit, stop := context.WithTimeout(ctx, bodyWait)
		defer stop()
		defer context.AfterFunc(limit, cancel)()
		body, _ := io.ReadAll(io.LimitReader(res.Body, bodyLimit)) // as much as there is
		r.Line = FirstLine(string(body))
	}
	return r
}

// foreign says whether an answer was no HTTP/1.1: net/http has no other word for it.
func foreign(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || strings.Contains(err.Error(), "malformed HTTP")
}

// http2 is how a client begins HTTP/2: the preface, and settings without any.
const http2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// settings is the type of the frame that every server of HTTP/2 begins with.
const settings = 4

// GRPC connects, and waits for the server's first frame. Its Status is 200 where
// that is one of HTTP/2.
func GRPC(ctx context.Context, addr string) Reply {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return Reply{Err: plain(err.Error())}
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if _, err := io.WriteString(c, http2); err != nil {
		return Reply{Err: plain(err.Error())}
	}
	frame := make([]byte, 9)
	if n, err := io.ReadFull(c, frame); err != nil {
		return Reply{Sent: true, Foreign: n > 0, Err: plain(err.Error())}
	}
	if frame[3] != settings || !bytes.Equal(frame[5:], make([]byte, 4)) {
		return Reply{Sent: true, Foreign: true, Err: plain("it begins with " + string(frame))}
	}
	return Reply{Status: http.StatusOK, Sent: true}
}

var markup = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)>|<[^>]*>`)

// FirstLine is the first line of a body that has text, without markup.
func FirstLine(body string) string {
	for _, b := range []string{markup.ReplaceAllString(body, " "), body} {
		for line := range strings.Lines(b) {
			if line = strings.TrimSpace(plain(line)); line != "" {
				return line
			}
		}
	}
	return ""
}

// plain keeps what another program said harmless for a terminal, and short.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}
