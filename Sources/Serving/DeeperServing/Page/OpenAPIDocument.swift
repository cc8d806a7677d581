#if Server
/// The HTTP interface as an OpenAPI document, from which clients and tests can be generated.
enum OpenAPIDocument {
    static let text = #"""
        {
          "openapi": "3.1.0",
          "info": {
            "title": "deeper",
            "version": "2",
            "summary": "Inference for convolutional networks: the Open Inference Protocol, version 2.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
          },
          "security": [{}, {"bearer": []}],
          "paths": {
            "/v2": {"get": {"operationId": "server", "summary": "Name, version and extensions of the server.", "responses": {
              "200": {"$ref": "#/components/responses/Server"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/health/live": {"get": {"operationId": "live", "summary": "Whether the process is alive.", "security": [], "responses": {
              "200": {"$ref": "#/components/responses/Health"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/health/ready": {"get": {"operationId": "ready", "summary": "Whether the server is ready for requests.", "security": [], "responses": {
              "200": {"$ref": "#/components/responses/Health"}, "503": {"$ref": "#/components/responses/Health"},
              "default": {"$ref": "#/components/responses/Error"}}}},
            "/metrics": {"get": {"operationId": "metrics", "summary": "Metrics in Prometheus's text format.", "responses": {
              "200": {"description": "All metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}},
              "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models": {"get": {"operationId": "models", "summary": "Names of all models.", "responses": {
              "200": {"$ref": "#/components/responses/Models"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/stats": {"get": {"operationId": "statistics", "summary": "Counts and times of all models.", "responses": {
              "200": {"$ref": "#/components/responses/Statistics"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/repository/index": {"get": {"operationId": "allModels", "summary": "The state of all models.", "responses": {
              "200": {"$ref": "#/components/responses/Index"}, "default": {"$ref": "#/components/responses/Error"}}}, "post": {"operationId": "index", "summary": "The state of all models.",
              "requestBody": {"required": false, "content": {"application/json": {"schema": {"type": "object",
                "properties": {"ready": {"type": "boolean", "description": "Only those that are ready."}}}}}},
              "responses": {"200": {"$ref": "#/components/responses/Index"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/repository/models/{model}/load": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "post": {"operationId": "load", "summary": "Loads or reloads a model.",
                "requestBody": {"$ref": "#/components/requestBodies/Control"},
                "responses": {"200": {"$ref": "#/components/responses/Done"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/repository/models/{model}/unload": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "post": {"operationId": "unload", "summary": "Unloads a model; accepted requests are answered.",
                "requestBody": {"$ref": "#/components/requestBodies/Control"},
                "responses": {"200": {"$ref": "#/components/responses/Done"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "get": {"operationId": "metadata", "summary": "Inputs and outputs of a model.", "responses": {
                "200": {"$ref": "#/components/responses/Metadata"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}/versions/{version}": {
              "parameters": [{"$ref": "#/components/parameters/Model"}, {"$ref": "#/components/parameters/Version"}],
              "get": {"operationId": "metadataOfVersion", "summary": "Inputs and outputs of a version.", "responses": {
                "200": {"$ref": "#/components/responses/Metadata"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}/ready": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "get": {"operationId": "modelReady", "summary": "Whether a model answers.", "responses": {
                "200": {"$ref": "#/components/responses/ModelReady"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}/config": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "get": {"operationId": "configuration", "summary": "How requests of a model are joined.", "responses": {
                "200": {"$ref": "#/components/responses/Configuration"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}/stats": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "get": {"operationId": "modelStatistics", "summary": "Counts and times of a model.", "responses": {
                "200": {"$ref": "#/components/responses/Statistics"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}/infer": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "post": {"operationId": "infer", "summary": "Computes a model's outputs.",
                "requestBody": {"$ref": "#/components/requestBodies/Inference"},
                "responses": {"200": {"$ref": "#/components/responses/Inference"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}/versions/{version}/infer": {
              "parameters": [{"$ref": "#/components/parameters/Model"}, {"$ref": "#/components/parameters/Version"}],
              "post": {"operationId": "inferWithVersion", "summary": "Computes a version's outputs.",
                "requestBody": {"$ref": "#/components/requestBodies/Inference"},
                "responses": {"200": {"$ref": "#/components/responses/Inference"}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v2/models/{model}/classify": {
              "parameters": [{"$ref": "#/components/parameters/Model"}],
              "post": {"operationId": "classify", "summary": "Classifies a picture.",
                "parameters": [
                  {"name": "top", "in": "query", "description": "How many classes.", "schema": {"type": "integer", "minimum": 1, "maximum": 65536, "default": 5}},
                  {"name": "crops", "in": "query", "description": "The crops of the picture whose probabilities are averaged; without it, the scores of the middle.", "schema": {"enum": [1, 10, 144]}},
                  {"name": "orientation", "in": "query", "description": "Whether the picture is turned as its file says.", "schema": {"enum": ["upright", "stored"], "default": "upright"}}],
                "requestBody": {"required": true, "content": {
                  "image/*": {"schema": {"type": "string", "format": "binary"}},
                  "multipart/form-data": {"schema": {"type": "object", "required": ["picture"], "properties": {"picture": {"type": "string", "format": "binary"}}}}}},
                "responses": {"200": {"$ref": "#/components/responses/Classification"}, "default": {"$ref": "#/components/responses/Error"}}}}
          },
          "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "parameters": {
              "Model": {"name": "model", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$"}},
              "Version": {"name": "version", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"}}
            },
            "requestBodies": {
              "Control": {"required": false, "content": {"application/json": {"schema": {"type": "object", "properties": {
                "parameters": {"type": ["object", "null"], "properties": {"unload_dependents": {"type": "boolean"}}, "additionalProperties": false}}}}}},
              "Inference": {"required": true, "description": "JSON; tensors with binary_data_size follow as bytes, and the header Inference-Header-Content-Length gives the length of the JSON.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/InferenceRequest"}}}}
            },
            "responses": {
              "Error": {"description": "Why the request was not answered: 400 for what the model does not accept, 401 and 403 without permission, 404, 405, 408, 413, 415, 503 when too many requests wait, 504 when it took too long.",
                "content": {"application/json": {"schema": {"type": "object", "required": ["error"], "properties": {
                  "error": {"type": "string"}, "request_id": {"type": "string"}}}}}},
              "Done": {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}},
              "Health": {"description": "Health of the server.", "content": {"application/json": {"schema": {"type": "object", "required": ["live"], "properties": {
                "live": {"type": "boolean"}, "ready": {"type": "boolean"}}}}}},
              "Server": {"description": "The server.", "content": {"application/json": {"schema": {"type": "object", "required": ["name", "version", "extensions"], "properties": {
                "name": {"type": "string"}, "version": {"type": "string"}, "extensions": {"type": "array", "items": {"type": "string"}}}}}}},
              "Models": {"description": "Names.", "content": {"application/json": {"schema": {"type": "object", "required": ["models"], "properties": {
                "models": {"type": "array", "items": {"type": "string"}}}}}}},
              "ModelReady": {"description": "The model answers.", "content": {"application/json": {"schema": {"type": "object", "required": ["name", "ready"], "properties": {
                "name": {"type": "string"}, "ready": {"type": "boolean"}}}}}},
              "Index": {"description": "All models.", "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object", "required": ["name", "state"], "properties": {
                "name": {"type": "string"}, "version": {"type": "string"}, "state": {"enum": ["READY", "LOADING", "UNAVAILABLE"]}, "reason": {"type": "string"}}}}}}},
              "Metadata": {"description": "Inputs and outputs.", "content": {"application/json": {"schema": {"type": "object", "required": ["name", "versions", "platform", "inputs", "outputs"], "properties": {
                "name": {"type": "string"}, "versions": {"type": "array", "items": {"type": "string"}}, "platform": {"type": "string"},
                "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/Port"}}, "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/Port"}}}}}}},
              "Configuration": {"description": "The part of Triton's model configuration that applies here.", "content": {"application/json": {"schema": {"type": "object", "required": ["name", "max_batch_size", "input", "output"], "properties": {
                "name": {"type": "string"}, "max_batch_size": {"type": "integer", "minimum": 0}, "input": {"type": "array"}, "output": {"type": "array"}}}}}},
              "Statistics": {"description": "Counts and nanoseconds, as Triton has them.", "content": {"application/json": {"schema": {"type": "object", "required": ["model_stats"], "properties": {
                "model_stats": {"type": "array", "items": {"type": "object", "required": ["name", "version", "inference_count"]}}}}}}},
              "Inference": {"description": "The outputs; those asked for as bytes follow the JSON, whose length is in Inference-Header-Content-Length.", "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/InferenceResponse"}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
              "Classification": {"description": "The classes, the likeliest first.", "content": {"application/json": {"schema": {"type": "object", "required": ["model_name", "model_version", "top"], "properties": {
                "model_name": {"type": "string"}, "model_version": {"type": "string"},
                "top": {"type": "array", "items": {"type": "object", "required": ["index", "score"], "properties": {"index": {"type": "integer"}, "label": {"type": "string"}, "score": {"type": "number"}}}}}}}}}
            },
            "schemas": {
              "Datatype": {"enum": ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64"]},
              "Shape": {"type": "array", "maxItems": 32, "items": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807}},
              "Port": {"type": "object", "required": ["name", "datatype", "shape"], "properties": {
                "name": {"type": "string"}, "datatype": {"$ref": "#/components/schemas/Datatype"}, "shape": {"type": "array", "items": {"type": "integer", "minimum": -1}}}},
              "InferenceRequest": {"type": "object", "required": ["inputs"], "properties": {
                "id": {"type": "string"},
                "parameters": {"type": "object", "properties": {
                  "timeout": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807, "description": "Microseconds that the request may wait."}, "binary_data_output": {"type": "boolean"}}},
                "inputs": {"type": "array", "maxItems": 4096, "items": {"type": "object", "required": ["name", "shape", "datatype"], "properties": {
                  "name": {"type": "string"}, "shape": {"$ref": "#/components/schemas/Shape"}, "datatype": {"$ref": "#/components/schemas/Datatype"},
                  "data": {"type": "array", "description": "Elements, flat or in arrays within arrays."},
                  "parameters": {"type": "object", "properties": {"binary_data_size": {"type": "integer", "minimum": 0}}}}}},
                "outputs": {"type": "array", "maxItems": 4096, "items": {"type": "object", "required": ["name"], "properties": {
                  "name": {"type": "string"}, "parameters": {"type": "object", "properties": {
                    "classification": {"type": "integer", "minimum": 0, "maximum": 65536}, "binary_data": {"type": "boolean"}}}}}}}},
              "InferenceResponse": {"type": "object", "required": ["model_name", "model_version", "outputs"], "properties": {
                "model_name": {"type": "string"}, "model_version": {"type": "string"}, "id": {"type": "string"},
                "outputs": {"type": "array", "items": {"type": "object", "required": ["name", "shape", "datatype"], "properties": {
                  "name": {"type": "string"}, "shape": {"type": "array", "items": {"type": "integer"}}, "datatype": {"type": "string"}, "data": {"type": "array"}}}}}}
            }
          }
        }

        """#
}
#endif
