package storage_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The resumable protocol as gcloud speaks it, over a restart.
func TestResume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _, base := serve(t, dir)
	if err := s.EnsureBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	send := func(method, url, contentRange string, body []byte) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if contentRange != "" {
			r.Header.Set("Content-Range", contentRange)
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	const unit = 256 << 10
	data := bytes.Repeat([]byte("0123456789abcdef"), 2*unit/16+10)
	resp := send("POST", base+"/resumable/upload/storage/v1/b/bucket/o?uploadType=resumable&ifGenerationMatch=0", "", []byte(`{"name":"a/b"}`))
	at, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != 200 || at.Query().Get("upload_id") == "" {
		t.Fatal(resp.Status, at, err)
	}
	for _, step := range []struct {
		name, contentRange string
		body               []byte
		status             int
		have               string
	}{
		{"query before the first", "bytes */*", nil, 308, ""},
		{"odd chunk", "bytes 0-9/*", data[:10], 400, ""},
		{"wrong length", "bytes 0-99/*", data[:10], 400, ""},
		{"first", "bytes 0-262143/*", data[:unit], 308, "bytes=0-262143"},
		{"first again", "bytes 0-262143/*", data[:unit], 308, "bytes=0-262143"},
		{"gap", "bytes 524288-786431/*", data[:unit], 503, ""},
		{"query", "bytes */*", nil, 308, "bytes=0-262143"},
		{"restart", "", nil, 0, ""},
		{"query after a restart", "bytes */524448", nil, 308, "bytes=0-262143"},
		{"rest", "bytes 262144-524447/524448", data[unit:], 200, ""},
		{"rest again", "bytes 262144-524447/524448", data[unit:], 200, ""},
	} {
		if step.name == "restart" {
			s, _, base = serve(t, dir)
			continue
		}
		resp := send("PUT", base+at.RequestURI(), step.contentRange, step.body)
		if resp.StatusCode != step.status || resp.Header.Get("Range") != step.have {
			t.Errorf("%s: %s, range %q", step.name, resp.Status, resp.Header.Get("Range"))
		}
	}
	if info, err := s.Stat("bucket", "a/b", 0); err != nil || info.Size != int64(len(data)) {
		t.Errorf("%+v %v", info, err)
	}
	resp = send("POST", base+"/upload/storage/v1/b/bucket/o?uploadType=resumable", "", []byte(`{"name":"c"}`))
	at, _ = url.Parse(resp.Header.Get("Location"))
	if resp := send("DELETE", base+at.RequestURI(), "", nil); resp.StatusCode != 499 {
		t.Error(resp.Status)
	}
	if resp := send("PUT", base+at.RequestURI(), "bytes 0-0/1", []byte("x")); resp.StatusCode != 404 {
		t.Error(resp.Status)
	}
	for _, body := range []string{"", "--x\r\nContent-Type: application/json\r\n\r\n{\"name\":\"half\"}\r\n--x\r\nContent-Type: a/b\r\n\r\nhal"} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", base+"/upload/storage/v1/b/bucket/o?uploadType=multipart", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "multipart/related; boundary='x'")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("a body cut short: %s", resp.Status)
		}
	}
	if _, err := s.Stat("bucket", "half", 0); err == nil {
		t.Error("half an object is there")
	}
}
