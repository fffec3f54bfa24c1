package appengine

import (
	"strings"
	"sync"
)

// messages are those that callers send, a line each: its fields with their types. A list
// has brackets, a map from texts braces; what v1beta alone has begins with a +.
// Enums are below. Source: the API's discovery documents of v1 and v1beta.
const messages = `
Application authDomain:string codeBucket:string databaseType:DatabaseType defaultBucket:string defaultCookieExpiration:duration defaultHostname:string dispatchRules:[UrlDispatchRule] featureSettings:FeatureSettings gcrDomain:string generatedCustomerMetadata:{any} iap:IdentityAwareProxy id:string locationId:string name:string serviceAccount:string servingStatus:AppServing sslPolicy:SslPolicy
UrlDispatchRule domain:string path:string service:string
FeatureSettings splitHealthChecks:bool useContainerOptimizedOs:bool
IdentityAwareProxy enabled:bool oauth2ClientId:string oauth2ClientSecret:string oauth2ClientSecretSha256:string
Service generatedCustomerMetadata:{any} id:string labels:{string} name:string networkSettings:NetworkSettings split:TrafficSplit
NetworkSettings ingressTrafficAllowed:IngressTrafficAllowed
TrafficSplit allocations:{double} shardBy:ShardBy
Version apiConfig:ApiConfigHandler appEngineApis:bool automaticScaling:AutomaticScaling basicScaling:BasicScaling betaSettings:{string} buildEnvVariables:{string} createTime:timestamp createdBy:string defaultExpiration:duration deployment:Deployment diskUsageBytes:int64 endpointsApiService:EndpointsApiService entrypoint:Entrypoint env:string envVariables:{string} errorHandlers:[ErrorHandler] flexibleRuntimeSettings:FlexibleRuntimeSettings generatedCustomerMetadata:{any} handlers:[UrlMap] healthCheck:HealthCheck id:string inboundServices:[InboundServiceType] instanceClass:string libraries:[Library] livenessCheck:LivenessCheck manualScaling:ManualScaling name:string network:Network nobuildFilesRegex:string readinessCheck:ReadinessCheck resources:Resources runtime:string runtimeApiVersion:string runtimeChannel:string runtimeMainExecutablePath:string serviceAccount:string servingStatus:ServingStatus threadsafe:bool versionUrl:string vm:bool vpcAccessConnector:VpcAccessConnector zones:[string]
ApiConfigHandler authFailAction:AuthFailAction login:LoginRequirement script:string securityLevel:SecurityLevel url:string
AutomaticScaling coolDownPeriod:duration cpuUtilization:CpuUtilization +customMetrics:[CustomMetric] diskUtilization:DiskUtilization maxConcurrentRequests:int32 maxIdleInstances:int32 maxPendingLatency:duration maxTotalInstances:int32 minIdleInstances:int32 minPendingLatency:duration minTotalInstances:int32 networkUtilization:NetworkUtilization requestUtilization:RequestUtilization standardSchedulerSettings:StandardSchedulerSettings
CpuUtilization aggregationWindowLength:duration targetUtilization:double
CustomMetric filter:string metricName:string singleInstanceAssignment:double targetType:string targetUtilization:double
DiskUtilization targetReadBytesPerSecond:int32 targetReadOpsPerSecond:int32 targetWriteBytesPerSecond:int32 targetWriteOpsPerSecond:int32
NetworkUtilization targetReceivedBytesPerSecond:int32 targetReceivedPacketsPerSecond:int32 targetSentBytesPerSecond:int32 targetSentPacketsPerSecond:int32
RequestUtilization targetConcurrentRequests:int32 targetRequestCountPerSecond:int32
StandardSchedulerSettings maxInstances:int32 minInstances:int32 targetCpuUtilization:double targetThroughputUtilization:double
BasicScaling idleTimeout:duration maxInstances:int32
Deployment +build:BuildInfo cloudBuildOptions:CloudBuildOptions container:ContainerInfo files:{FileInfo} zip:ZipInfo
BuildInfo cloudBuildId:string
CloudBuildOptions appYamlPath:string cloudBuildTimeout:duration
ContainerInfo image:string
FileInfo mimeType:string sha1Sum:string sourceUrl:string
ZipInfo filesCount:int32 sourceUrl:string
EndpointsApiService configId:string disableTraceSampling:bool name:string rolloutStrategy:RolloutStrategy
Entrypoint shell:string
ErrorHandler errorCode:ErrorCode mimeType:string staticFile:string
FlexibleRuntimeSettings operatingSystem:string runtimeVersion:string
UrlMap apiEndpoint:ApiEndpointHandler authFailAction:AuthFailAction login:LoginRequirement redirectHttpResponseCode:RedirectHttpResponseCode script:ScriptHandler securityLevel:SecurityLevel staticFiles:StaticFilesHandler urlRegex:string
ApiEndpointHandler scriptPath:string
ScriptHandler scriptPath:string
StaticFilesHandler applicationReadable:bool expiration:duration httpHeaders:{string} mimeType:string path:string requireMatchingFile:bool uploadPathRegex:string
HealthCheck checkInterval:duration disableHealthCheck:bool healthyThreshold:uint32 host:string restartThreshold:uint32 timeout:duration unhealthyThreshold:uint32
Library name:string version:string
LivenessCheck checkInterval:duration failureThreshold:uint32 host:string initialDelay:duration path:string successThreshold:uint32 timeout:duration
ManualScaling instances:int32
Network forwardedPorts:[string] instanceIpMode:InstanceIpMode instanceTag:string name:string sessionAffinity:bool subnetworkName:string
ReadinessCheck appStartTimeout:duration checkInterval:duration failureThreshold:uint32 host:string path:string successThreshold:uint32 timeout:duration
Resources cpu:double diskGb:double kmsKeyReference:string memoryGb:double volumes:[Volume]
Volume name:string sizeGb:double volumeType:string
VpcAccessConnector egressSetting:EgressSetting name:string
`

// enums are their values by number; behind them those of the same number as another.
const enums = `
AppServing UNSPECIFIED SERVING USER_DISABLED SYSTEM_DISABLED
AuthFailAction AUTH_FAIL_ACTION_UNSPECIFIED AUTH_FAIL_ACTION_REDIRECT AUTH_FAIL_ACTION_UNAUTHORIZED
DatabaseType DATABASE_TYPE_UNSPECIFIED CLOUD_DATASTORE CLOUD_FIRESTORE CLOUD_DATASTORE_COMPATIBILITY
EgressSetting EGRESS_SETTING_UNSPECIFIED ALL_TRAFFIC PRIVATE_IP_RANGES
ErrorCode ERROR_CODE_UNSPECIFIED ERROR_CODE_OVER_QUOTA ERROR_CODE_DOS_API_DENIAL ERROR_CODE_TIMEOUT ERROR_CODE_DEFAULT
InboundServiceType INBOUND_SERVICE_UNSPECIFIED INBOUND_SERVICE_MAIL INBOUND_SERVICE_MAIL_BOUNCE INBOUND_SERVICE_XMPP_ERROR INBOUND_SERVICE_XMPP_MESSAGE INBOUND_SERVICE_XMPP_SUBSCRIBE INBOUND_SERVICE_XMPP_PRESENCE INBOUND_SERVICE_CHANNEL_PRESENCE INBOUND_SERVICE_WARMUP
IngressTrafficAllowed INGRESS_TRAFFIC_ALLOWED_UNSPECIFIED INGRESS_TRAFFIC_ALLOWED_ALL INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY INGRESS_TRAFFIC_ALLOWED_INTERNAL_AND_LB
InstanceIpMode INSTANCE_IP_MODE_UNSPECIFIED EXTERNAL INTERNAL
LoginRequirement LOGIN_UNSPECIFIED LOGIN_OPTIONAL LOGIN_ADMIN LOGIN_REQUIRED
RedirectHttpResponseCode REDIRECT_HTTP_RESPONSE_CODE_UNSPECIFIED REDIRECT_HTTP_RESPONSE_CODE_301 REDIRECT_HTTP_RESPONSE_CODE_302 REDIRECT_HTTP_RESPONSE_CODE_303 REDIRECT_HTTP_RESPONSE_CODE_307
RolloutStrategy UNSPECIFIED_ROLLOUT_STRATEGY FIXED MANAGED
SecurityLevel SECURE_UNSPECIFIED SECURE_NEVER SECURE_OPTIONAL SECURE_ALWAYS SECURE_DEFAULT
ServingStatus SERVING_STATUS_UNSPECIFIED SERVING STOPPED
ShardBy UNSPECIFIED COOKIE IP RANDOM
SslPolicy SSL_POLICY_UNSPECIFIED DEFAULT MODERN
`

// field is one of a message.
type field struct {
	kind string // a type without its brackets
	many string // "[", "{" or ""
	beta bool
}

// schema is both tables.
type schema struct {
	fields map[string]map[string]field // by message and name
	enums  map[string][]string
}

var theSchema = sync.OnceValue(func() schema {
	s := schema{map[string]map[string]field{}, map[string][]string{}}
	for line := range strings.Lines(messages[1:]) {
		words := strings.Fields(line)
		s.fields[words[0]] = map[string]field{}
		for _, w := range words[1:] {
			name, kind, _ := strings.Cut(w, ":")
			name, beta := strings.CutPrefix(name, "+")
			f := field{kind: strings.Trim(kind, "[]{}"), beta: beta}
			if f.kind != kind {
				f.many = kind[:1]
			}
			s.fields[words[0]][name] = f
		}
	}
	for line := range strings.Lines(enums[1:]) {
		words := strings.Fields(line)
		s.enums[words[0]] = words[1:]
	}
	return s
})
