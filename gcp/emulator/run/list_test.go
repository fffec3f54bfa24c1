package run_test

import (
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

func TestListPages(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	for i := range 5 {
		_, _ = e.create(fmt.Sprintf("s%d", i), service(&runpb.Container{Image: image}))
	}
	it := e.services.ListServices(t.Context(), &runpb.ListServicesRequest{Parent: parent, PageSize: 2})
	var got []string
	for svc, err := range it.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, svc.GetName()[len(parent+"/services/"):])
	}
	if s := strings.Join(got, " "); s != "s4 s3 s2 s1 s0" {
		t.Errorf("newest first: %s", s)
	}
	for _, p := range []string{"projects/demo/locations/-", "projects/demo"} {
		_, err := e.services.ListServices(t.Context(), &runpb.ListServicesRequest{Parent: p}).Next()
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", p, err)
		}
	}
}
