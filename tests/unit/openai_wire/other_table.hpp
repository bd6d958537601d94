// Embeddings and models as they are sent, and what must come of each.
#pragma once

#include "table_row.hpp"

namespace wire_table {

inline row const embedding_requests[] = {
    {"one text", R"~({"input":"The food was delicious","model":"text-embedding-ada-002","encoding_format":"float"})~",
     R"~(model=text-embedding-ada-002 texts=[The food was delicious] as=float)~"},
    {"texts", R"~({"model":"m","input":["a","b"],"encoding_format":"base64","dimensions":4,"user":"u"})~",
     R"~(model=m texts=[a; b] as=base64 dimensions=4 user=u)~"},
    {"tokens", R"~({"input":[1,2,3]})~", R"~(tokens=[[1; 2; 3]])~"},
    {"lists of tokens", R"~({"input":[[1,2],[3]]})~", R"~(tokens=[[1; 2]; [3]])~"},
    {"one list of tokens in a list", R"~({"input":[[1,2]]})~", R"~(tokens=[[1; 2]])~"},
    {"pictures stay as they are", R"~({"input":[{"image":"x","text":"y"}],"input_type":"text","model":"m"})~",
     R"~(model=m type=text extra={"input":[{"image":"x","text":"y"}]})~"},
    {"an encoding nobody knows", R"~({"input":"a","encoding_format":"int8"})~",
     R"~(texts=[a] extra={"encoding_format":"int8"})~"},
};

inline row const embeddings[] = {
    {"numbers in decimal",
     R"~({"object":"list","data":[{"object":"embedding","index":0,"embedding":[-0.012838088,0.01737855,6]}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}})~",
     R"~(vectors=[values=[-0.012838088; 0.01737855; 6.0] base64=no extra={"object":"embedding"}] model=m usage={in=4 total=4} extra={"object":"list"})~"},
    {"base64 in another order",
     R"~({"object":"list","data":[{"object":"embedding","index":1,"embedding":"AAAAvwAAoD8AAEDAlb/Wsw=="},{"object":"embedding","index":0,"embedding":"AAAAPwAAoL8AAEBAlb/WMw=="}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}})~",
     R"~(vectors=[values=[0.5; -1.25; 3.0; 1e-07] base64=yes extra={"object":"embedding"}; n=1 values=[-0.5; 1.25; -3.0; -1e-07] base64=yes extra={"object":"embedding"}] model=m usage={in=2 total=2} extra={"object":"list"})~"},
    {"a server that says little", R"~({"data":[{"index":14,"embedding":[24.0]}]})~",
     R"~(vectors=[n=14 values=[24.0] base64=no])~"},
    {"no vector", R"~({"data":[]})~", R"~(extra={"data":[]})~"},
};

inline row const model_lists[] = {
    {"a list",
     R"~({"object":"list","data":[{"id":"model-id-0","object":"model","created":1686935002,"owned_by":"organization-owner","shutdown_date":null},{"id":"model-id-2","object":"model","created":1686935002,"owned_by":"openai","shutdown_date":"2026-10-23"}]})~",
     R"~(models=[id=model-id-0 created=1686935002 owner=organization-owner extra={"object":"model","shutdown_date":null}; id=model-id-2 created=1686935002 owner=openai extra={"object":"model","shutdown_date":"2026-10-23"}] extra={"object":"list"})~"},
    {"an empty list with pages", R"~({"data":[],"has_more":false,"first_id":null})~",
     R"~(more=no extra={"data":[],"first_id":null})~"},
};

} // namespace wire_table
