package run_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// TestProtocols: WebSocket upgrades and cleartext HTTP/2 go through.
func TestProtocols(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	ws, err := e.create("ws", service(python(`
import socketserver
class H(socketserver.StreamRequestHandler):
    def handle(self):
        upgrade = False
        while (line := self.rfile.readline().strip()): upgrade |= line.lower() == b"upgrade: websocket"
        if not upgrade: return
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        while (line := self.rfile.readline()): self.wfile.write(b"echo " + line)
socketserver.ThreadingTCPServer(("", 8080), H).serve_forever()
`)))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(ws.GetUri(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatalf("%v, %v", res, err)
	}
	for i := range 3 {
		fmt.Fprintf(conn, "hello %d\n", i)
		if l, err := in.ReadString('\n'); err != nil || l != fmt.Sprintf("echo hello %d\n", i) {
			t.Errorf("%q, %v", l, err)
		}
	}
	// A server that says which preface it got: no HTTP/2 library is needed to see it.
	c := python(`
import socketserver
class H(socketserver.StreamRequestHandler):
    def handle(self):
        print("preface", self.rfile.read(14), flush=True)
socketserver.ThreadingTCPServer(("", 8080), H).serve_forever()
`)
	c.Ports = []*runpb.ContainerPort{{Name: "h2c", ContainerPort: 8080}}
	h2, err := e.create("h2", service(c))
	if err != nil {
		t.Fatal(err)
	}
	if code, text, _ := fetch(t, h2.GetUri(), ""); code != 503 || !strings.HasPrefix(text, "The request failed because") {
		t.Errorf("a broken upstream: %d %q", code, text)
	}
	wait(t, "the preface", func() bool {
		lines, err := e.server.Logs(h2.GetName(), 100)
		return err == nil && slices.ContainsFunc(lines, func(l container.Line) bool { return strings.Contains(l.Text, "PRI * HTTP/2.0") })
	})
}

func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	s := service(python(`
import socketserver, time
class H(socketserver.StreamRequestHandler):
    def handle(self): time.sleep(30)
socketserver.ThreadingTCPServer(("", 8080), H).serve_forever()
`))
	s.Template.Timeout = seconds(1)
	svc, err := e.create("hello", s)
	if err != nil {
		t.Fatal(err)
	}
	if code, text, _ := fetch(t, svc.GetUri(), ""); code != 504 || text != "upstream request timeout" {
		t.Errorf("%d %q", code, text)
	}
}
