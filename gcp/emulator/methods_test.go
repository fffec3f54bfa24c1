package emulator

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// TestEveryMethodIsGuarded walks all gRPC methods: each that is served has a row that
// says which right it needs, and who has none is denied.
func TestEveryMethodIsGuarded(t *testing.T) {
	t.Parallel()
	s, err := Start(context.WithoutCancel(t.Context()), Options{Dir: t.TempDir(), Rights: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	conn, err := grpc.NewClient(s.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	call := func(method, token string) error {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(method, "/", ".")))
		if err != nil {
			t.Fatal(err)
		}
		m := d.(protoreflect.MethodDescriptor)
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
		return conn.Invoke(ctx, "/"+method, dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output()))
	}
	stranger, denied := s.Token("user:stranger@example.com"), 0
	known := map[string]bool{}
	for service, info := range s.grpc.GetServiceInfo() {
		for _, m := range info.Methods {
			method := service + "/" + m.Name
			known[method] = true
			need, row := methods[method]
			if m.IsClientStream || m.IsServerStream {
				continue
			}
			if served := call(method, s.state.token); !row && !strings.Contains(status.Convert(served).Message(), "method "+m.Name+" not implemented") {
				t.Errorf("%s is served, and no row says which right it needs", method)
			}
			if err := call(method, stranger); need.permission != "" {
				if denied++; status.Code(err) != codes.PermissionDenied {
					t.Errorf("%s: a stranger gets %v", method, err)
				}
			}
		}
	}
	for method := range methods {
		if !known[method] {
			t.Errorf("%s has a row, and there is no such method", method)
		}
	}
	if denied < 60 {
		t.Errorf("only %d methods were tried", denied)
	}
}
