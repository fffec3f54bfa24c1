package container

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Requests is the stream of lines that are requests: Request as JSON.
const Requests = "requests"

// Request is one that a service was asked, once it is answered.
type Request struct {
	Method   string        `json:"method"`
	URL      string        `json:"url"`
	Status   int           `json:"status"`
	Size     int64         `json:"size"`     // of the request's body, as it says
	Answer   int64         `json:"answer"`   // bytes of the response's body
	Latency  time.Duration `json:"latency"`  // in nanoseconds
	Remote   string        `json:"remote"`   // who asked
	Agent    string        `json:"agent"`    // with which program
	Protocol string        `json:"protocol"` // HTTP/1.1
	Trace    string        `json:"trace"`
	Span     string        `json:"span"`
}

// AddRequest appends a request that came in at a time.
func (l Log) AddRequest(at time.Time, r Request) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return l.add(at, Requests, string(text))
}

// Asked watches a request until it is answered, by way of the writer that it gives; done
// gives what there is to log of it. Which trace it belongs to is the caller's to say, and
// is told to the app as Google tells it, in the request's header
// (cloud.google.com/trace/docs/trace-context).
func Asked(w http.ResponseWriter, r *http.Request, now func() time.Time) (watched http.ResponseWriter, done func() (began time.Time, all Request)) {
	began := now()
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	all := Request{
		Method: r.Method, URL: scheme + "://" + r.Host + r.URL.RequestURI(), Size: max(0, r.ContentLength),
		Remote: strings.Trim(r.RemoteAddr[:max(0, strings.LastIndexByte(r.RemoteAddr, ':'))], "[]"), Agent: r.UserAgent(), Protocol: r.Proto,
	}
	var sampled bool
	all.Trace, sampled = traceOf(r.Header)
	all.Span = random(8)
	flag, number := "00", "0"
	if sampled {
		flag, number = "01", "1"
	}
	span, _ := strconv.ParseUint(all.Span, 16, 64)
	r.Header.Set("Traceparent", "00-"+all.Trace+"-"+all.Span+"-"+flag)
	r.Header.Set("X-Cloud-Trace-Context", all.Trace+"/"+strconv.FormatUint(span, 10)+";o="+number)
	rec := &recorder{ResponseWriter: w}
	return rec, func() (time.Time, Request) {
		all.Status, all.Answer, all.Latency = rec.status, rec.size, now().Sub(began)
		if all.Status == 0 { // it wrote nothing, which is an answer, too
			all.Status = http.StatusOK
		}
		return began, all
	}
}

var (
	traceparent  = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$`)
	traceContext = regexp.MustCompile(`^([0-9a-fA-F]{32})(?:/[0-9]+)?(?:;o=([0-9]))?$`)
)

// traceOf is the trace that a request belongs to: the caller's, or a new one.
func traceOf(h http.Header) (trace string, sampled bool) {
	if m := traceparent.FindStringSubmatch(h.Get("Traceparent")); m != nil {
		return m[1], m[2] == "01"
	}
	if m := traceContext.FindStringSubmatch(h.Get("X-Cloud-Trace-Context")); m != nil {
		return strings.ToLower(m[1]), m[2] == "1"
	}
	return random(16), false
}

func random(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// recorder keeps what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	size   int64
}

// Unwrap is for http.ResponseController: what is streamed is flushed.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader keeps the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.size += int64(n)
	return n, err
}
