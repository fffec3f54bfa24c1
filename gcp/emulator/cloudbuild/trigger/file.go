package trigger

import (
	"sync"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

const protos = ".google.devtools.cloudbuild.v1."

// File is Cloud Build's API with the fields that Google serves and the Go client's
// protos lack. Source: the discovery document of v1, read 2026-11. Their numbers are
// made up, beyond all of Google's: a gRPC client that does not know them sees unknown
// fields, as it would at Google.
var File = sync.OnceValue(func() protoreflect.FileDescriptor {
	f := protodesc.ToFileDescriptorProto(cloudbuildpb.File_google_devtools_cloudbuild_v1_cloudbuild_proto)
	f = proto.Clone(f).(*descriptorpb.FileDescriptorProto)
	for _, m := range f.MessageType {
		switch m.GetName() {
		case "BuildTrigger":
			m.Field = append(m.Field,
				typed("developer_connect_event_config", 1001, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, "DeveloperConnectEventConfig"),
				typed("include_build_logs", 1002, descriptorpb.FieldDescriptorProto_TYPE_ENUM, "BuildTrigger.IncludeBuildLogs"),
				typed("event_type", 1003, descriptorpb.FieldDescriptorProto_TYPE_ENUM, "BuildTrigger.EventType"))
			m.EnumType = append(m.EnumType,
				enum("IncludeBuildLogs", "INCLUDE_BUILD_LOGS_UNSPECIFIED", "INCLUDE_BUILD_LOGS_WITH_STATUS"),
				enum("EventType", "EVENT_TYPE_UNSPECIFIED", "REPO", "WEBHOOK", "PUBSUB", "MANUAL"))
		case "GitFileSource", "GitRepoSource":
			m.Field = append(m.Field, text("bitbucket_server_config", 1001))
		}
	}
	f.MessageType = append(f.MessageType, &descriptorpb.DescriptorProto{
		Name: proto.String("DeveloperConnectEventConfig"),
		Field: []*descriptorpb.FieldDescriptorProto{
			text("git_repository_link", 1),
			typed("git_repository_link_type", 2, descriptorpb.FieldDescriptorProto_TYPE_ENUM, "DeveloperConnectEventConfig.GitRepositoryLinkType"),
			in(0, typed("pull_request", 3, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, "PullRequestFilter")),
			in(0, typed("push", 4, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, "PushFilter")),
		},
		OneofDecl: []*descriptorpb.OneofDescriptorProto{{Name: proto.String("filter")}},
		EnumType: []*descriptorpb.EnumDescriptorProto{enum("GitRepositoryLinkType", "GIT_REPOSITORY_LINK_TYPE_UNSPECIFIED",
			"GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_ENTERPRISE", "BITBUCKET_DATA_CENTER", "BITBUCKET_CLOUD")},
	})
	d, err := protodesc.NewFile(f, protoregistry.GlobalFiles)
	if err != nil {
		panic(err) // a fault of the lines above, which every test runs into
	}
	return d
})

func text(name string, number int32) *descriptorpb.FieldDescriptorProto {
	return typed(name, number, descriptorpb.FieldDescriptorProto_TYPE_STRING, "")
}

func typed(name string, number int32, kind descriptorpb.FieldDescriptorProto_Type, of string) *descriptorpb.FieldDescriptorProto {
	f := &descriptorpb.FieldDescriptorProto{Name: &name, Number: &number, Type: &kind,
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()}
	if of != "" {
		f.TypeName = proto.String(protos + of)
	}
	return f
}

func in(oneof int32, f *descriptorpb.FieldDescriptorProto) *descriptorpb.FieldDescriptorProto {
	f.OneofIndex = &oneof
	return f
}

func enum(name string, values ...string) *descriptorpb.EnumDescriptorProto {
	e := &descriptorpb.EnumDescriptorProto{Name: &name}
	for i, v := range values {
		e.Value = append(e.Value, &descriptorpb.EnumValueDescriptorProto{Name: proto.String(v), Number: proto.Int32(int32(i))})
	}
	return e
}

// message is one of File's.
func message(name protoreflect.Name) protoreflect.MessageDescriptor {
	return File().Messages().ByName(name)
}

func field(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	return m.Fields().ByName(protoreflect.Name(name))
}
