package emulator_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

const (
	restPath = "/v1/projects/p/locations/l/repositories"
	jsonType = "Content-Type: application/json"
)

func TestGuards(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	if resp := request(t, s, "POST", "/storage/v1/b?project=p", `{"name":"bucket"}`, jsonType); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	_, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, method, target, body string
		header                     []string
		status                     int
		text                       string // part of the body, in the service's own form
	}{
		{"all well", "GET", restPath, "", nil, 200, "{}"},
		{"localhost", "GET", restPath, "", []string{"Host: localhost:" + port}, 200, "{}"},
		{"foreign host", "GET", restPath, "", []string{"Host: evil.example"}, 403, `"status":"PERMISSION_DENIED"`},
		{"foreign host, our port", "GET", restPath, "", []string{"Host: evil.example:" + port}, 403, ""},
		{"other port", "GET", restPath, "", []string{"Host: 127.0.0.1:1"}, 403, ""},
		{"no port", "GET", restPath, "", []string{"Host: 127.0.0.1"}, 403, ""},
		{"other loopback", "GET", restPath, "", []string{"Host: 127.0.0.2:" + port}, 403, ""},
		{"suffix of localhost", "GET", restPath, "", []string{"Host: notlocalhost:" + port}, 403, ""},
		{"registry, foreign host", "GET", "/v2/", "", []string{"Host: evil.example"}, 403, `"code":"DENIED"`},
		{"absolute form", "GET", "http://evil.example/v2/", "", nil, 403, ""},

		{"origin", "GET", restPath, "", []string{"Origin: https://evil.example"}, 403, `"status":"PERMISSION_DENIED"`},
		{"our own origin", "GET", restPath, "", []string{"Origin: http://127.0.0.1:" + port}, 403, ""},
		{"null origin", "POST", "/storage/v1/b?project=p", `{}`, []string{"Origin: null", jsonType}, 403, `"reason":"forbidden"`},
		{"preflight", "OPTIONS", restPath, "", []string{"Origin: https://evil.example", "Access-Control-Request-Method: POST"}, 403, ""},
		{"registry, origin", "GET", "/v2/", "", []string{"Origin: https://evil.example"}, 403, `"code":"DENIED"`},

		{"no token", "GET", restPath, "", []string{"Authorization: "}, 401, `"status":"UNAUTHENTICATED"`},
		{"wrong token", "GET", restPath, "", []string{"Authorization: Bearer 0000"}, 401, `"status":"UNAUTHENTICATED"`},
		{"token in the query", "GET", restPath + "?access_token=" + token(t, s), "", []string{"Authorization: "}, 401, ""},
		{"storage, no token", "GET", "/storage/v1/b/bucket", "", []string{"Authorization: "}, 401, `"reason":"authError"`},
		{"storage, object, no token", "GET", "/bucket/object", "", []string{"Authorization: "}, 401, "<Code>AuthenticationRequired</Code>"},
		{"upload, no token", "POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=x", "x", []string{"Authorization: ", "Content-Type: a/b"}, 401, ""},
		{"registry, no token", "GET", "/v2/", "", []string{"Authorization: "}, 401, `"code":"UNAUTHORIZED"`},
		{"registry, bearer", "GET", "/v2/", "", nil, 200, ""},

		{"no content type", "POST", restPath + "?repositoryId=r", `{}`, nil, 415, `"status":"INVALID_ARGUMENT"`},
		{"a form's type", "POST", restPath + "?repositoryId=r", `{}`, []string{"Content-Type: text/plain"}, 415, ""},
		{"form", "POST", "/storage/v1/b?project=p", `{}`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, `"reason":"badContent"`},
		{"connect protocol", "POST", "/google.devtools.artifactregistry.v1.ArtifactRegistry/ListRepositories", `{}`, []string{jsonType}, 404, ""},
		{"gRPC over HTTP/1", "POST", "/google.devtools.artifactregistry.v1.ArtifactRegistry/ListRepositories", "x", []string{"Content-Type: application/grpc"}, 200, ""},
		{"upload without type", "POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=x", "x", nil, 415, ""},
		{"upload of a form", "POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=x", "x", []string{"Content-Type: multipart/form-data; boundary=x"}, 415, ""},
		{"multipart upload of another type", "POST", "/upload/storage/v1/b/bucket/o?uploadType=multipart", "x", []string{"Content-Type: text/plain"}, 415, ""},
		{"registry, monolithic upload", "POST", "/v2/p/r/i/blobs/uploads/?digest=sha256:00", "x", []string{"Content-Type: text/plain"}, 415, `"code":"UNSUPPORTED"`},
		{"registry, manifest", "PUT", "/v2/p/r/i/manifests/t", "{}", []string{jsonType}, 415, ""},

		{"object with dots", "GET", "/storage/v1/b/bucket/o/a%2F..%2F..%2Fb", "", nil, 400, ""},
		{"object with dots in the query", "POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=../../x", "x", []string{"Content-Type: a/b"}, 400, "segment of dots"},
		{"absolute object", "POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=/etc/passwd", "x", []string{"Content-Type: a/b"}, 400, "relative"},
		{"object with an encoded slash", "POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=a%252Fb", "x", []string{"Content-Type: a/b"}, 400, "encoded slash"},
		{"object with a control character", "POST", "/upload/storage/v1/b/bucket/o?uploadType=media&name=a%0Ab", "x", []string{"Content-Type: a/b"}, 400, "characters"},
		{"object in metadata", "POST", "/upload/storage/v1/b/bucket/o?uploadType=resumable", `{"name":"a/../../b"}`, []string{jsonType}, 400, "segment of dots"},
		{"bucket with dots", "GET", "/storage/v1/b/..%2F..%2Fx", "", nil, 400, ""},
		{"bucket's name", "POST", "/storage/v1/b?project=p", `{"name":"../x"}`, []string{jsonType}, 400, "Invalid bucket name"},
		{"Google's bucket", "POST", "/storage/v1/b?project=p", `{"name":"1.cloudbuild-logs.googleusercontent.com"}`, []string{jsonType}, 400, "Invalid bucket name"},
		{"repository with dots", "POST", restPath + "?repositoryId=..", `{"format":"DOCKER"}`, []string{jsonType}, 400, "INVALID_ARGUMENT"},
		{"repository with a slash", "POST", restPath + "?repositoryId=a%2Fb", `{"format":"DOCKER"}`, []string{jsonType}, 400, "INVALID_ARGUMENT"},
		{"project that hides the API", "POST", "/v1/projects/projects/locations/l/repositories?repositoryId=r", `{"format":"DOCKER"}`, []string{jsonType}, 400, "INVALID_ARGUMENT"},
		{"tag with dots", "GET", restPath + "/r/packages/i/tags/..", "", nil, 400, ""},
		{"tag with encoded dots", "GET", restPath + "/r/packages/i/tags/%2e%2e", "", nil, 400, ""},
		{"tag with a slash", "GET", restPath + "/r/packages/i/tags/a%2Fb", "", nil, 400, "INVALID_ARGUMENT"},
		{"tag encoded twice", "GET", restPath + "/r/packages/i/tags/a%252Fb", "", nil, 400, ""},
		{"registry, dots", "GET", "/v2/p/r/../../x/manifests/t", "", nil, 400, `"code":"NAME_INVALID"`},
		{"registry, encoded slash", "GET", "/v2/p/r/a%2F..%2Fb/manifests/t", "", nil, 400, ""},
		{"registry, backslash", "GET", "/v2/p/r/a%5Cb/manifests/t", "", nil, 400, ""},
		{"registry, upper case", "GET", "/v2/p/r/IMAGE/manifests/t", "", nil, 400, `"code":"NAME_INVALID"`},
		{"registry, no repository", "GET", "/v2/p/none/i/manifests/t", "", nil, 404, `"code":"NAME_UNKNOWN"`},
		{"registry, short name", "GET", "/v2/image/manifests/t", "", nil, 400, `"code":"NAME_INVALID"`},

		{"no internal endpoints", "POST", "/_internal/delete_all", "{}", []string{jsonType}, 404, ""},
		{"no debug", "GET", "/debug/pprof/", "", nil, 404, ""},
		{"service host, its app's own origin", "POST", "/form", "a=b", []string{"Host: none.localhost:" + port, "Origin: http://none.localhost:" + port, "Content-Type: application/x-www-form-urlencoded", "Authorization: "}, 404, "Page not found"},
		{"service host is no way to the APIs", "GET", restPath, "", []string{"Host: none.localhost:" + port}, 404, "Page not found"},
		{"service host, other port", "GET", "/", "", []string{"Host: none.localhost:1"}, 403, ""},
		{"service host without Cloud Run's app", "GET", "/", "", []string{"Host: none.localhost:" + port}, 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var resp *http.Response
			if strings.HasPrefix(test.target, "http://") {
				resp = raw(t, s, test.method+" "+test.target+" HTTP/1.1\r\nHost: "+s.Addr()+"\r\nAuthorization: Bearer "+token(t, s)+"\r\n\r\n")
			} else {
				resp = request(t, s, test.method, test.target, test.body, test.header...)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.status || !strings.Contains(string(body), test.text) {
				t.Errorf("%s, not %d:\n%s", resp.Status, test.status, body)
			}
			if resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("an origin is allowed")
			}
		})
	}
}

// raw sends bytes that net/http would not.
func raw(t *testing.T, s *emulator.Server, text string) *http.Response {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestErrorsAreGoogles(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	for _, test := range []struct{ method, target, body, want string }{
		{"GET", restPath + "/none", "", `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`},
		{"GET", restPath + "/none?alt=json&prettyPrint=false&fields=name&$alt=json%3Benum-encoding%3Dint&key=k", "",
			`{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`},
		{"GET", "/v1/nowhere", "", `{"error":{"code":404,"message":"Method not found: the emulators serve nothing at this path.","status":"NOT_FOUND"}}`},
		{"GET", restPath + "/none/files", "", `{"error":{"code":404,"message":"method ListFiles not implemented","status":"UNIMPLEMENTED"}}`},
	} {
		resp := request(t, s, test.method, test.target, test.body)
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, strings.TrimSpace(string(body))); diff != "" {
			t.Errorf("%s: %s", test.target, diff)
		}
	}
	for _, body := range []string{`{"format":"DOCKER","bogus":1}`, `{"format":"BOGUS"}`, `{"format":`, `[]`} {
		resp := request(t, s, "POST", restPath+"?repositoryId=r", body, jsonType)
		if text, _ := io.ReadAll(resp.Body); resp.StatusCode != 400 || !strings.Contains(string(text), "INVALID_ARGUMENT") {
			t.Errorf("%s: %s %s", body, resp.Status, text)
		}
	}
	if resp := request(t, s, "GET", restPath+"?bogus=1", ""); resp.StatusCode != 400 {
		t.Errorf("unknown parameter: %s", resp.Status)
	}
	resp := raw(t, s, "POST "+restPath+"?repositoryId=r HTTP/1.1\r\nHost: "+s.Addr()+"\r\nAuthorization: Bearer "+token(t, s)+
		"\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n")
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != 400 || !strings.Contains(string(text), "payload size") {
		t.Errorf("large body: %s %s", resp.Status, text)
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	if !strings.HasPrefix(s.Addr(), "127.0.0.1:") {
		t.Errorf("listens on %s", s.Addr())
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "localhost:0", "10.0.0.1:0"} {
		if s, err := emulator.Start(t.Context(), emulator.Options{Dir: t.TempDir(), Addr: addr}); err == nil {
			stop(t, s)
			t.Errorf("listens on %s", addr)
		}
	}
}

func TestPortIsKeptWhileItIsFree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	first := s.Addr()
	stop(t, s)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", first)
	if err != nil {
		t.Skip("somebody else was faster:", err)
	}
	s = start(t, dir)
	second := s.Addr()
	stop(t, s)
	if second == first {
		t.Error("one port for two")
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	if s = start(t, dir); s.Addr() != second {
		t.Errorf("port %s, not the stored %s", s.Addr(), second)
	}
}
