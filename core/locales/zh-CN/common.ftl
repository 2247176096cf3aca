# 各部分共用的词语。
product-name = 鱼符
language-switch = 语言
skip-to-content = 跳到正文
action-back = 返回
action-cancel = 取消
action-continue = 继续
action-close = 关闭
action-delete = 删除
action-print = 打印
age-seconds = { $n } 秒
age-minutes = { $n } 分钟
age-hours = { $n } 小时
age-days = { $n } 天
operators-count = 由 { $n } 个运营方见证
