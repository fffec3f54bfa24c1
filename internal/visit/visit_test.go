package visit_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/visit"
)

// visitor is a browser that keeps cookies and follows nothing.
type visitor struct {
	cookies []*http.Cookie
	header  http.Header
	host    string
}

func (v *visitor) get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name := range v.header {
		req.Header.Set(name, v.header.Get(name))
	}
	for _, c := range v.cookies {
		req.AddCookie(c)
	}
	req.Host = v.host
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestVisit(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var service *httptest.Server
	service = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, service.URL+"/there?a=b", http.StatusFound)
			return
		}
		fmt.Fprintf(w, "%s %s cookies %q origin %q", r.Header.Get("X-Who"), r.Host, r.Header.Get("Cookie"), r.Header.Get("Origin"))
	}))
	defer service.Close()
	at := strings.TrimPrefix(service.URL, "http://")
	var clock atomic.Int64
	p, err := visit.New(t.Context(), service.URL, func(context.Context) (release.Header, error) {
		return release.Header{Name: "X-Who", Value: fmt.Sprint("me", asked.Add(1))}, nil
	}, func() time.Time { return time.Unix(clock.Load(), 0) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx) }()
	root, key, _ := strings.Cut(p.URL, "/.gcpdeploy/enter/")

	stranger := &visitor{}
	for _, path := range []string{"/", "/.gcpdeploy/enter/", "/.gcpdeploy/enter/" + key + "x"} {
		if res, body := stranger.get(t, root+path); res.StatusCode != http.StatusForbidden || strings.Contains(body, "me1") || len(res.Cookies()) > 0 {
			t.Errorf("a stranger at %s: %s %s", path, res.Status, body)
		}
	}
	browser := &visitor{}
	res, body := browser.get(t, p.URL)
	browser.cookies = res.Cookies()
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "url=/") || len(browser.cookies) != 1 ||
		!browser.cookies[0].HttpOnly || browser.cookies[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("coming in: %s %q, cookies %v", res.Status, body, browser.cookies)
	}
	browser.cookies = append(browser.cookies, &http.Cookie{Name: "session", Value: "1"})
	browser.header = http.Header{"Origin": {root}}
	want := func(who string) string {
		return fmt.Sprintf("%s %s cookies %q origin %q", who, at, "session=1", service.URL)
	}
	if _, body := browser.get(t, root+"/"); body != want("me1") {
		t.Errorf("the app gets %s, want %s", body, want("me1"))
	}
	if res, _ := browser.get(t, root+"/moved"); res.Header.Get("Location") != "/there?a=b" {
		t.Errorf("it leads to %s", res.Header.Get("Location"))
	}
	clock.Store(29 * 60)
	if _, body := browser.get(t, root+"/"); body != want("me1") {
		t.Errorf("soon after: %s", body)
	}
	clock.Store(30 * 60)
	if _, body := browser.get(t, root+"/"); body != want("me2") {
		t.Errorf("half an hour later: %s", body)
	}
	for name, v := range map[string]*visitor{
		"a page on another port":    {cookies: browser.cookies, header: http.Header{"Origin": {"http://127.0.0.1:1"}}},
		"a picture in such a page":  {cookies: browser.cookies, header: http.Header{"Sec-Fetch-Site": {"same-site"}}},
		"a name that leads here":    {cookies: browser.cookies, host: "evil.example"},
		"localhost, which is other": {cookies: browser.cookies, host: "localhost"},
	} {
		if res, body := v.get(t, root+"/"); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s %s", name, res.Status, body)
		}
	}
	end()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestNobody: where it cannot be said who asks, nothing is asked.
func TestNobody(t *testing.T) {
	t.Parallel()
	p, err := visit.New(t.Context(), "http://127.0.0.1:1", func(context.Context) (release.Header, error) {
		return release.Header{}, fmt.Errorf("log in")
	}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	browser := &visitor{}
	go func() { _ = p.Serve(t.Context()) }()
	res, _ := browser.get(t, p.URL)
	browser.cookies = res.Cookies()
	root, _, _ := strings.Cut(p.URL, "/.gcpdeploy")
	if res, body := browser.get(t, root+"/"); res.StatusCode != http.StatusBadGateway || !strings.Contains(body, "log in") {
		t.Errorf("%s %s", res.Status, body)
	}
}
