package cloudbuild_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
)

func (f *fixture) list(ctx context.Context, parent, filter string, page int32) (ids []string, err error) {
	it := f.client.ListBuilds(ctx, &cloudbuildpb.ListBuildsRequest{Parent: parent, Filter: filter, PageSize: page})
	for {
		b, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return ids, nil
		}
		if err != nil {
			return ids, err
		}
		ids = append(ids, b.Id)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	f := start(t, t.TempDir(), func(c *cloudbuild.Config) { c.Now = func() time.Time { return at } })
	f.exec.On("bad", workertest.Exit(1))
	var ids []string // the newest first
	for i := range 5 {
		at = at.Add(time.Hour)
		name := "good"
		if i == 2 {
			name = "bad"
		}
		id := f.submit(t, &build{Steps: []*step{{Name: name}}, Tags: []string{fmt.Sprintf("run-%d", i), "all"}})
		f.wait(t, id)
		ids = slices.Insert(ids, 0, id)
	}
	for _, tt := range []struct {
		filter string
		want   []string // nil = error
	}{
		{"", ids},
		{`status="SUCCESS"`, []string{ids[0], ids[1], ids[3], ids[4]}},
		{`status="WORKING" OR status="QUEUED"`, []string{}},
		{`status=FAILURE`, []string{ids[2]}},
		{`tags="run-1"`, []string{ids[3]}},
		{`tags:"run-1"`, []string{ids[3]}},
		{`tags="run-1" OR tags="run-2"`, []string{ids[2], ids[3]}},
		{`tags="all" AND NOT status="SUCCESS"`, []string{ids[2]}},
		{`tags="all" -status="SUCCESS"`, []string{ids[2]}},
		{`(tags="run-1" OR tags="run-2") AND status!="SUCCESS"`, []string{ids[2]}},
		{`status="SUCCESS" AND tags="run-1" OR tags="run-2"`, []string{ids[3]}}, // OR binds tighter
		{`build_id="` + ids[1] + `"`, []string{ids[1]}},
		{`build_id=` + ids[1], []string{ids[1]}},
		{`create_time>"2026-11-01T15:00:00.000+00:00"`, ids[:2]},
		{`create_time>=2026-11-01T15:00:00Z`, ids[:3]},
		{`create_time<"2026-11-01T17:00:00+02:00" tags="all"`, ids[3:]},
		{`create_time>"2026-11-02"`, []string{}},
		{`foo="x"`, nil},
		{`createTime>"2026-11-02"`, nil},
		{`status="WORKIN"`, nil},
		{`status>"QUEUED"`, nil},
		{`status`, nil},
		{`status=`, nil},
		{`(status="SUCCESS"`, nil},
		{`status="SUCCESS")`, nil},
		{`status="SUCCESS`, nil},
		{`AND`, nil},
		{`create_time>"yesterday"`, nil},
	} {
		got, err := f.list(t.Context(), parent, tt.filter, 2)
		if tt.want == nil {
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s: %v", tt.filter, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, %v, want %v", tt.filter, got, err, tt.want)
		}
	}
	for parent, want := range map[string]int{parent: 5, "projects/my-project/locations/-": 5, "projects/my-project/locations/global": 0, "projects/other-project/locations/-": 0} {
		if got, err := f.list(t.Context(), parent, "", 0); err != nil || len(got) != want {
			t.Errorf("%s: %d %v", parent, len(got), err)
		}
	}
	first, err := f.ListBuilds(t.Context(), &cloudbuildpb.ListBuildsRequest{Parent: parent, PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, req := range map[string]*cloudbuildpb.ListBuildsRequest{
		"garbage":        {Parent: parent, PageToken: "x"},
		"another filter": {Parent: parent, PageToken: first.NextPageToken, Filter: `tags="all"`},
		"another place":  {ProjectId: "my-project", PageToken: first.NextPageToken},
		"negative":       {Parent: parent, PageSize: -1},
	} {
		if _, err := f.client.ListBuilds(t.Context(), req).Next(); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
}
